import { SYNTHESIS_PRESETS, synthesisSettings } from '@kdx/plugin-df-dearkd';
import { withAssignments } from '@kdx/run/parts';
import test from 'ava';
import {
  type AskedSettings,
  parseClasses,
  readSettings as read,
  settingPaths,
  type Wanted,
} from '../../../plugins/df-dearkd/dist/command/read-settings.js';

// Settings of `kdx synth`, read as the command line reads them.

const readSettings = (asked: AskedSettings, wanted: Wanted) => read(asked, wanted, { withAssignments });

const CIFAR = { height: 32, classes: 100 };

const refusal = (asked: AskedSettings): string => {
  try {
    readSettings(asked, CIFAR);
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
  return 'taken';
};

test('nothing said: the preset of the image size', (t) => {
  t.deepEqual(readSettings({}, CIFAR), SYNTHESIS_PRESETS.cifar);
  t.deepEqual(readSettings({}, { height: 64, classes: 200 }), SYNTHESIS_PRESETS.cifar);
  t.deepEqual(readSettings({}, { height: 65, classes: 200 }), SYNTHESIS_PRESETS.imagenet);
});

test('a preset that is named stands over the image size', (t) => {
  for (const preset of [
    'cifar',
    'imagenet',
    'deepinversion',
    'deepinversion-cifar',
    'deepinversion-cifar-defaults',
    'deepinversion-cifar-paper',
    'deepinversion-paper',
  ] as const) {
    t.deepEqual(readSettings({ preset }, CIFAR), SYNTHESIS_PRESETS[preset]);
  }
});

test('iterations are shared out as the preset shares its own, or none', (t) => {
  const phases = (iterations: number) => readSettings({ preset: 'imagenet', iterations }, CIFAR).phases;
  t.deepEqual(phases(500), [
    { iterations: 333, scale: 2 },
    { iterations: 167, scale: 1 },
  ]);
  t.deepEqual(phases(1), [{ iterations: 1, scale: 1 }]);
  t.deepEqual(phases(0), []);
});

test('--set stands over all else, and of an object only what it names', (t) => {
  const set = ['weights.batchNorm=5', 'weights.ce=2', 'divergence.kind=none', 'weights.ce=3', 'clamp=false'];
  const { weights, divergence, ...rest } = SYNTHESIS_PRESETS.cifar;
  t.deepEqual(readSettings({ set }, CIFAR), {
    ...rest,
    clamp: false,
    weights: { ...weights, batchNorm: 5, ce: 3 },
    divergence: { ...divergence, kind: 'none' },
  });
  const phases = 'phases=[{"iterations":7,"scale":2},{"iterations":9}]';
  t.deepEqual(readSettings({ iterations: 500, set: [phases] }, CIFAR).phases, [
    { iterations: 7, scale: 2 },
    { iterations: 9, scale: 1 },
  ]);
});

test('a preset asks for no more classes in a batch than there are; who says a number has it', (t) => {
  t.is(readSettings({}, { height: 32, classes: 10 }).classesPerBatch, 10);
  t.is(readSettings({}, { height: 32, classes: 1000 }).classesPerBatch, 50);
  t.is(readSettings({ set: ['classesPerBatch=30'] }, { height: 32, classes: 10 }).classesPerBatch, 30);
});

test('no preset is changed by what is said', (t) => {
  const before = structuredClone(SYNTHESIS_PRESETS);
  readSettings({ iterations: 1, set: ['weights.ce=9', 'lr=3'] }, { height: 32, classes: 2 });
  t.deepEqual(SYNTHESIS_PRESETS, before);
});

const mistakes: readonly [set: string, told: RegExp][] = [
  ['nonsense', /^KDX_SET --set takes path=value/],
  ['__proto__.lr=1', /^KDX_SET /],
  ['weights.batchnorm=5', /no key "weights\.batchnorm"\. Did you mean "batchNorm"\?/],
  ['wieghts.ce=1', /no key "wieghts"\. Did you mean "weights"\?/],
  ['firstBatchnorm=1', /no key "firstBatchnorm"\. Did you mean "firstBatchNorm"\?/],
  ['divergence.kind=trplet', /takes boundary or push or .* got "trplet"\. Did you mean "triplet"\?/],
  ['phases=[{"iteration":3}]', /phases\.0\.iterations is missing; there is no key "phases\.0\.iteration"\./],
  ['weights=3', /^KDX_CONFIG --set: weights takes an object and got 3\./],
  ['lr=0', /lr takes more than 0 and got 0\./],
  ['flip=2', /flip takes at most 1 and got 2\./],
  ['imagesPerClass=1.5', /imagesPerClass takes a whole number and got 1\.5\./],
  ['schedule=cosin', /schedule takes cosine or linear or constant and got "cosin"\. Did you mean "cosine"\?/],
  ['noise=-1', /noise takes at least 0 and got -1\./],
  ['keep=first', /keep takes best or last and got "first"\./],
  ['pixelRange=[1,0]', /pixelRange/],
  ['clamp=maybe', /clamp takes a boolean and got "maybe"\./],
  ['epochs=3', /no key "epochs"\./],
  ['seeds=3', /no key "seeds"\./],
];
for (const [set, told] of mistakes) {
  test(`refused: --set ${set}`, (t) => {
    const message = refusal({ set: [set] });
    t.regex(message, told);
    if (!message.startsWith('KDX_SET ')) t.regex(message, /"kdx synth --help-all" lists the keys\.$/);
  });
}

test('every path that is listed leads to a setting, and none is left out', (t) => {
  const leaves = (value: unknown, path: string): string[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key))
      : [path];
  const optional = ['schedule', 'pixelRange', 'noise', 'keep', 'l2Norm'];
  t.deepEqual(
    settingPaths().filter((path) => !optional.includes(path)),
    leaves(SYNTHESIS_PRESETS.cifar, ''),
  );
  for (const path of optional) t.true(settingPaths().includes(path), path);
  t.true(synthesisSettings.safeParse(SYNTHESIS_PRESETS.cifar).success);
});

test('classes are numbers and ranges', (t) => {
  t.deepEqual(parseClasses('7'), [7]);
  t.deepEqual(parseClasses('0-3, 42 ,9-9'), [0, 1, 2, 3, 42, 9]);
  for (const text of ['', 'x', '3,', '3-1', '-1', '1.5', '0-', '0-99999999999', '1e3']) {
    t.throws(() => parseClasses(text), {
      code: 'KDX_SYNTH_CLASSES',
      message: `--classes takes numbers and ranges, e.g. 0-9,42, and got "${text}".`,
    });
  }
});
