import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ava from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { type CliOptions, fixture, kdx, temporaryFolder } from '../support/cli.js';
import type { CliResult } from '../support/collect.js';
import { saveNetworks } from '../support/tiny-networks.js';
import { STUDENT } from '../support/tiny-run.js';

// What people ask of kdx synth that cannot be, each with the sentence they see and the exit code.

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-synth-input-'));
ava.after.always(() => rmSync(root, { recursive: true, force: true }));

const CNN = 'cifar_resnet8';
const networks = {
  cnn: `${CNN}@${join(root, 'cnn.safetensors')}`,
  other: `${CNN}@${join(root, 'other.safetensors')}`,
  fewer: `${CNN}@${join(root, 'fewer.safetensors')}`,
  vit: `${STUDENT}@${join(root, 'vit.safetensors')}`,
};

ava.before('networks', () =>
  saveNetworks([
    { named: networks.cnn, seed: 1, classes: 3, side: 8 },
    { named: networks.other, seed: 2, classes: 3, side: 8 },
    { named: networks.fewer, seed: 3, classes: 2, side: 8 },
    { named: networks.vit, seed: 4, classes: 3, side: 32 },
  ]),
);

const synth = (args: readonly string[], options?: CliOptions): Promise<CliResult> =>
  kdx(['synth', ...BACKEND_FLAGS, ...args], options);

/** Two batches of two images, which are only noise. */
const noise = (...more: string[]): string[] => [
  ...['--invert', networks.cnn, '--iterations', '0', '--images', '4'],
  ...['--set', 'classesPerBatch=2', '--set', 'imagesPerClass=1', ...more],
];

const full = join(root, 'full');
const bad: readonly [what: string, args: () => string[], code: number, told: RegExp][] = [
  [
    'no weights',
    () => noise('--invert', CNN),
    2,
    /^KDX_SYNTH_WEIGHTS .*; say cifar_resnet8@FILE\.safetensors\./,
  ],
  [
    'weights that are not there',
    () => noise('--invert', `${CNN}@none.safetensors`),
    2,
    /^KDX_WEIGHTS_MISSING .*none\.safetensors/,
  ],
  [
    'weights of another model',
    () => noise('--invert', networks.cnn.replace('resnet8', 'resnet14')),
    2,
    /^KDX_WEIGHTS_MISMATCH .*The file says that it holds "cifar_resnet8"/,
  ],
  [
    'a network without batch norms',
    () => noise('--invert', networks.vit, '--iterations', '2'),
    2,
    /^KDX_INVERT_NO_BATCH_NORM .* --set weights\.batchNorm=0\./,
  ],
  [
    'a verifier of other classes',
    () => noise('--verify', networks.fewer),
    2,
    /^KDX_SYNTH_NETWORK --verify .* knows 2 classes, .* and 3; name one for the same images\./,
  ],
  [
    'ADI alone',
    () => noise('--set', 'divergence.kind=adi'),
    2,
    /^KDX_SYNTH_COMPETITOR .*--compete MODEL@WEIGHTS/,
  ],
  ['no verifier', () => noise('--threshold', '0.1'), 2, /^KDX_SYNTH_VERIFIER .*--verify MODEL@WEIGHTS/],
  [
    'more than a probability',
    () => noise('--verify', networks.other, '--threshold', '10'),
    2,
    /^KDX_CONFIG --threshold takes a number from 0 to 1 and got 10\.\n$/,
  ],
  [
    'an unknown preset',
    () => noise('--preset', 'cfar'),
    2,
    /argument 'cfar' is invalid\. Allowed choices are cifar, imagenet, /,
  ],
  [
    'an unknown setting',
    () => noise('--set', 'weights.batchnorm=5'),
    2,
    /^KDX_CONFIG --set: there is no key "weights\.batchnorm"\. Did you mean "batchNorm"\? "kdx synth --help-all" lists/,
  ],
  [
    'classes that it does not know',
    () => noise('--classes', '0-3'),
    2,
    /^KDX_SYNTH_CLASSES --classes names class 3, and "cifar_resnet8" has classes 0 to 2; e\.g\. --classes 0-2\./,
  ],
  [
    'fewer classes than a batch has',
    () => noise('--classes', '1'),
    2,
    /^KDX_SYNTH_CLASSES .*; say --set classesPerBatch=1, or name more --classes\./,
  ],
  [
    'no images',
    () => noise('--images', '0'),
    2,
    /^KDX_CONFIG --images takes a whole number of at least 1 and got 0\./,
  ],
  [
    'less than no iterations',
    () => noise('--iterations', '-1'),
    2,
    /^KDX_CONFIG --iterations takes a whole number of at least 0 and got -1\./,
  ],
  [
    'JPEG beyond 100',
    () => noise('--jpeg', '200'),
    2,
    /^KDX_CONFIG --jpeg takes a whole number from 1 to 100 and got 200\./,
  ],
  ['a seed between', () => noise('--seed', '0.5'), 2, /^KDX_CONFIG --seed takes a whole number/],
  [
    'a folder with other things',
    () => noise('--out', full),
    2,
    /^KDX_SYNTH_OUT .*full holds other things than a pool; choose another --out\./,
  ],
  [
    'a folder inside a file',
    () => noise('--out', join(full, 'x', 'pool')),
    3,
    /^KDX_WRITE_FAILED .*a part of that path is a file, not a folder.*; choose another --out/,
  ],
  [
    'a rate out of all bounds',
    () => noise('--iterations', '2', '--set', 'lr=1e38', '--set', 'clamp=false', '--set', 'warmup=0'),
    3,
    /^KDX_NON_FINITE The loss of batch 1 became .*; try a smaller rate \(--set lr=5e\+37\) with another --out\./,
  ],
];

ava.before(() => {
  cpSync(fixture('hint.mjs'), join(full, 'x'), { recursive: true });
});

for (const [what, args, code, told] of bad) {
  test(`refused: ${what}`, async (t) => {
    const cwd = temporaryFolder(t);
    const given = args();
    const result = await synth(given.includes('--out') ? given : [...given, '--out', 'pool'], { cwd });
    t.regex(result.stderr, told);
    t.is(result.code, code);
    t.true(result.stderr.trim().split('\n').length <= 2, 'a sentence, no stack');
    if (code === 2) {
      t.is(result.stdout, '');
      t.deepEqual(readdirSync(cwd), [], 'nothing is written');
    }
  });
}

test('a network without batch norms is inverted without them, as the refusal says', async (t) => {
  const args = ['--invert', networks.vit, '--iterations', '2', '--images', '2', '--set', 'imagesPerClass=1'];
  const out = join(temporaryFolder(t), 'pool');
  t.is((await synth([...args, '--out', out])).code, 2);
  const told = ['--set', 'weights.batchNorm=0', '--jpeg', '90'];
  t.is((await synth([...args, ...told, '--out', out])).stderr, '');
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' });
  t.is(files.filter((file) => file.endsWith('.jpg')).length, 3, 'a batch of all classes');
});
