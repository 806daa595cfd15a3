import { type ModelRecipe, type Plugin, type TermStep } from '@kdx/core';
import { explainRun } from '@kdx/core/inspect';
import { clockAt, createRun, type Run, runSettings } from '@kdx/core/run';
import { fromArrays } from '@kdx/data';
import { model } from '@kdx/models';
import { deit } from '@kdx/plugin-deit';
import { kd } from '@kdx/plugin-kd';
import { keyedRng, type Parameter } from '@kdx/tensor';
import { baseTask, kitModel } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { mapsOf, T6 } from './golden.test.helper.js';
import { type TfFdOptions, tfFd } from './index.js';
import { RankOnHost } from './ranking.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const RESNET = model('cifar_resnet8?img=8');
const VIT = kitModel('vit');
const CONVNET = model('convnet?width=4&stages=3&img=8');

const images = fromArrays({
  images: Uint8Array.from({ length: 8 * 8 * 8 * 3 }, (_, i) => (i * 37) % 251),
  labels: [0, 1, 2, 3, 0, 1, 2, 3],
  imageSize: [8, 8, 3],
  labelNames: ['a', 'b', 'c', 'd'],
});

const wired = (
  student: ModelRecipe,
  options?: TfFdOptions,
  { epochs = 30, teachers = [] as ModelRecipe[], beside = [] as Plugin[] } = {},
): Promise<Run> =>
  createRun({
    name: 'test',
    student,
    teachers,
    data: images,
    plugins: [baseTask(), tfFd(options), ...beside],
    settings: runSettings.parse({ epochs, batch: 4 }),
    backend: { name: 'cpu', build: '', threads: 1, device: 'cpu', precision: 'float32' },
  });

const explained = async (student: ModelRecipe, options?: TfFdOptions, more = {}) => {
  const run = await wired(student, options, more);
  const explanation = explainRun(run.composition);
  await run.dispose();
  return explanation;
};

test('without a teacher: two terms on the stages, aux, and a warm-up of a twelfth of the run', async (t) => {
  const { terms, teachers, adaptations, modules } = await explained(RESNET);
  const own = terms.filter(({ plugin }) => plugin === 'tf-fd');
  t.deepEqual(
    own.map(({ id, group, reads }) => [id, group, reads.map(({ ref }) => ref)]),
    ['tf-fd/inter', 'tf-fd/intra'].map((id) => [
      id,
      'aux',
      ['student.layer1', 'student.layer2', 'student.layer3'],
    ]),
  );
  t.deepEqual([teachers, adaptations, modules], [[], [], []], 'nothing is added to the student');
  // W = 30/12: epochs weigh 0.4, 0.8, 1.
  t.deepEqual(own[0].weights, [
    [0, 0.002],
    [1, 0.004],
    [2, 0.005],
  ]);
});

test('a preset sets the defaults, and options that are given stand', async (t) => {
  const formulas = async (options: TfFdOptions, more = {}) =>
    Object.fromEntries(
      (await explained(RESNET, options, more)).terms.map(({ id, formula }) => [id, formula]),
    );
  t.regex((await formulas({ preset: 'paper' }))['tf-fd/intra'], /^MSE\(sg\(salient\), .*salience lp/);
  t.regex((await formulas({ preset: 'paper', stopGradient: false }))['tf-fd/intra'], /^MSE\(salient, /);
  t.regex((await formulas({ preset: 'imagenet' }))['tf-fd/inter'], /over neighbouring pairs/);
  const { terms } = await explained(RESNET, { preset: 'imagenet' }, { epochs: 100 });
  const weights = new Map(terms.find(({ id }) => id === 'tf-fd/inter')?.weights);
  t.true(Math.abs((weights.get(29) ?? 0) - 0.005 * 0.9) < 1e-12, 'early decay in the 30th epoch');
  t.deepEqual(Object.keys(await formulas({ intra: 0 })).sort(), ['base/ce', 'tf-fd/inter']);
});

test('Tf-FD† wants a teacher, and stands in for kd', async (t) => {
  await t.throwsAsync(wired(RESNET, { dagger: true }), { code: 'KDX_TEACHER_MISSING' });
  const teachers = [model('cifar_resnet8?img=8')];
  const { terms } = await explained(RESNET, { preset: 'dagger' }, { teachers });
  t.like(
    terms.find(({ id }) => id === 'tf-fd/kd'),
    { group: 'distill', formula: 'τ²·KL(t ‖ z), τ=4' },
  );
  await t.throwsAsync(wired(RESNET, { dagger: true }, { teachers, beside: [kd()] }), {
    code: 'KDX_CONFLICT',
  });
  t.is((await explained(RESNET, {}, { teachers, beside: [kd()] })).balance.owner, 'kd');
});

/** What the plugin's own terms give, weighted, for features and logits that are given. */
async function termsOn(
  features: readonly { shape: readonly number[]; values: readonly number[] }[],
  options: TfFdOptions,
  {
    epoch = 239,
    logits = {},
    student = RESNET,
    γ = [] as number[],
  }: {
    epoch?: number;
    logits?: Readonly<Record<string, number[][]>>;
    student?: ModelRecipe;
    γ?: number[];
  } = {},
) {
  const teachers = options.preset === 'dagger' ? [model('cifar_resnet8?img=8')] : [];
  const run = await wired(student, options, { epochs: 240, teachers });
  const { composition } = run;
  if (γ.length > 0) {
    const { variable } = composition.student.parameters.get('layer1.bn.weight') as Parameter;
    variable.assign(tf.tensor1d(γ));
  }
  const clock = clockAt([{ epochs: 240, stepsPerEpoch: 2 }], 2 * epoch);
  const found = composition.terms
    .filter(({ plugin }) => plugin === 'tf-fd')
    .map(({ id, reads, weight, compute }) => {
      const refs = [...reads.keys()];
      const value = tf.tidy(() => {
        const read = (ref: string) =>
          ref in logits
            ? tf.tensor2d(logits[ref])
            : tf.tensor([...features[refs.indexOf(ref)].values], [...features[refs.indexOf(ref)].shape]);
        const step = { clock, read, rng: () => keyedRng(0) } as unknown as TermStep;
        return compute(step).dataSync()[0];
      });
      return [id.slice('tf-fd/'.length), { value, weight: weight.at(clock) }] as const;
    });
  await run.dispose();
  return Object.fromEntries(found);
}
const close = (a: number, b: number, tolerance = 1e-6): boolean => Math.abs(a - b) <= tolerance;

test('T6 by the plugin’s own terms: means over layers and pairs, λ and the warm-up', async (t) => {
  const { intra, inter } = await termsOn(T6, {});
  t.true(close(intra.value, 0.330703125) && close(inter.value, 0.224938151));
  t.true(close(intra.weight * intra.value + inter.weight * inter.value, 0.00125697201, 1e-9));
  const early = await termsOn(T6, {}, { epoch: 4 });
  t.true(close(early.intra.weight * intra.value + early.inter.weight * inter.value, 0.000314243, 1e-9));
  t.true(close((await termsOn(T6, { pairs: 'neighbours' })).inter.value, 0.21796875));
  t.true(close((await termsOn(T6, { preset: 'imagenet' })).inter.value, 0.21796875));
  t.true(close((await termsOn(T6, { preset: 'paper' })).inter.value, 0.224938151));
  for (const options of [{ score: 'lp' }, { preset: 'paper' }] as const) {
    t.true(close((await termsOn(T6, options)).intra.value, 0.3404947917), JSON.stringify(options));
  }
});

test('T1 and T2 by the plugin’s own term: each score ranks by its definition', async (t) => {
  const one = async (maps: ReturnType<typeof mapsOf>, options: TfFdOptions, γ: number[] = []) =>
    (await termsOn([maps], { layers: ['layer1'], inter: 0, ...options }, { γ, student: CONVNET })).intra
      .value;
  const c = mapsOf('1 1 / 1 1', '2 0 / 0 0', '3 3 / 0 0', '1 2 / 2 4');
  t.true(close(await one(c, {}), 4.375));
  t.true(close(await one(c, { score: 'lp' }), 2.625));
  t.true(close(await one(c, { score: 'bn' }, [-0.9, 0.5, 0.8, 0.1]), 3.625));
  // Means 1, 0.5, 1.5, 2.25: order 3, 2, 0, 1, as by l₂ with p near 1; p = 30 ranks by the largest value: 3, 2, 1, 0.
  t.true(close(await one(c, { score: 'mean' }), 2.625));
  t.true(close(await one(c, { score: 'lp', p: 30 }), await one(c, { score: 'lp', p: 1000 })));
  t.not(await one(c, { score: 'lp', p: 30 }), await one(c, { score: 'lp' }));
  const large = { ...c, values: c.values.map((value) => 1e3 * value) };
  t.true(close(await one(large, { score: 'lp', p: 30 }), 1e6 * (await one(c, { score: 'lp', p: 30 })), 1));
  const d = mapsOf('1 0 / 0 1', '1 1 / 1 1', '0 0 / 0 0', '1 2 / 3 4');
  t.true(close(await one(d, { score: 'hrank' }), 4));
  // Histograms of 10 bins separate all values of the third, of 2 bins the halves of the fourth.
  const e = mapsOf('0 0 / 0 9', '0 0 / 9 9', '0 1 / 2 9', '0 0 / 0 0');
  t.not(await one(e, { score: 'entropy' }), await one(e, { score: 'entropy', bins: 2 }));
});

test('entropy counts all images of a batch, hrank as many as its option names', async (t) => {
  const one = async (values: number[][][], options: TfFdOptions) => {
    const [B, size, C] = [values.length, 2, values[0][0].length];
    const given = { shape: [B, size, 1, C], values: values.flat(2) };
    return (await termsOn([given], { layers: ['f1'], inter: 0, ...options })).intra.value;
  };
  // Channel 0 varies between the images only, channel 1 within each, channel 2 nowhere, channel 3 in the second alone.
  const maps = [
    [
      [1, 1, 0, 0],
      [1, 2, 0, 0],
    ],
    [
      [5, 1, 0, 7],
      [5, 2, 0, 9],
    ],
  ];
  t.not(await one(maps, { score: 'hrank', images: 1 }), await one(maps, { score: 'hrank', images: 2 }));
  const swapped = [maps[1], maps[0]];
  t.is(await one(maps, { score: 'entropy' }), await one(swapped, { score: 'entropy' }));
});

test('the stop-gradient is the option’s', async (t) => {
  for (const [options, stopped] of [
    [{}, false],
    [{ preset: 'paper' }, true],
    [{ preset: 'paper', stopGradient: false }, false],
    [{ stopGradient: true }, true],
  ] as const) {
    const run = await wired(RESNET, { layers: ['f1'], inter: 0, ...options });
    const [{ compute }] = run.composition.terms.filter(({ id }) => id === 'tf-fd/intra');
    const maps = tf.tensor4d([...T6[0].values], [2, 8, 8, 4]);
    const step = (read: tf.Tensor) =>
      ({ clock: clockAt([{ epochs: 30, stepsPerEpoch: 2 }], 0), read: () => read }) as unknown as TermStep;
    const gradient = tf.grad((x) => compute(step(x)))(maps);
    const moved = tf
      .max(tf.abs(gradient), [0, 1, 2])
      .dataSync()
      .filter((value) => value > 0).length;
    t.is(moved, stopped ? 2 : 4, JSON.stringify(options));
    await run.dispose();
  }
});

test('Tf-FD†: the teacher’s distribution at τ, with its weight and the warm-up', async (t) => {
  const z = [
    [2, 1, 0, -1],
    [0.5, 0.5, -0.5, 1.5],
  ];
  const teacher = [
    [3, 0, 0, -3],
    [-1, 0, 1, 4],
  ];
  const logits = { 'student.logits': z, 'teacher.logits': teacher };
  const at = async (options: TfFdOptions, epoch: number) =>
    (await termsOn(T6, { preset: 'dagger', ...options }, { epoch, logits })).kd;
  const usual = await at({}, 239);
  t.true(close(usual.value, 0.9037391489), 'SHAKE’s golden S1: KL of the same logits at τ = 4');
  t.is(usual.weight, 1);
  t.true(close((await at({}, 0)).weight, 0.05));
  const other = await at({ temperature: 1, kd: 0.5 }, 239);
  t.true(close(other.value, 0.3162858875));
  t.is(other.weight, 0.5);
});

test('beside deit, which holds the balance, the teacher’s term of Tf-FD† is weighed by it', async (t) => {
  const teachers = [model('cifar_resnet8?img=8')];
  const more = { teachers, beside: [deit({ classical: true })], epochs: 240 };
  const { terms, balance } = await explained(RESNET, { preset: 'dagger' }, more);
  t.is(balance.owner, 'deit');
  const kdTerm = terms.find(({ id }) => id === 'tf-fd/kd');
  t.is(kdTerm?.factors.balance, '0.5');
});

test('options that would do nothing are refused', (t) => {
  for (const options of [
    { intra: 0, inter: 0 },
    { kd: 2 },
    { temperature: 8 },
    { preset: 'dagger', kd: 0 },
  ] as const) {
    t.throws(() => tfFd(options), { code: 'KDX_PLUGIN_OPTIONS' }, JSON.stringify(options));
  }
  t.notThrows(() => tfFd({ preset: 'dagger', intra: 0, inter: 0 }));
  const refresh = (score: 'lp' | 'entropy') => (tfFd({ score }).options as { refresh: number }).refresh;
  t.deepEqual([refresh('lp'), refresh('entropy')], [1, 50]);
});

test('tokens of a ViT are read as maps, without the class token', async (t) => {
  const { terms } = await explained(VIT);
  t.deepEqual(
    terms.find(({ id }) => id === 'tf-fd/intra')?.reads.map(({ ref, shape }) => [ref, shape]),
    [0, 1, 2].map((block) => [`student.blocks.${block}`, [5, 16]]),
  );
});

test('a layer, score or option that does not fit is refused with a remedy', async (t) => {
  await t.throwsAsync(wired(VIT, { score: 'bn' }), {
    code: 'KDX_TF_FD_SCALE',
    message: /of blocks\.0; choose another score/,
  });
  await t.throwsAsync(wired(RESNET, { layers: ['layer1'] }), {
    code: 'KDX_TF_FD_LAYERS',
    message: /"inter":0/,
  });
  await t.throwsAsync(wired(RESNET, { layers: ['layr1'] }), { code: 'KDX_TAP_UNKNOWN' });
  await t.throwsAsync(wired(RESNET, { layers: ['pooled'] }), { code: 'KDX_TAP_SHAPE' });
  for (const layers of [
    ['f2', 'f1'],
    ['f1', 'f1'],
  ]) {
    await t.throwsAsync(wired(RESNET, { layers }), { code: 'KDX_TF_FD_LAYERS', message: /shallow first/ });
  }
  await t.throwsAsync(wired(model('convnet?width=1&stages=3&img=8'), { layers: ['layer1', 'layer2'] }), {
    code: 'KDX_TF_FD_LAYERS',
    message: /layer1, which has one channel/,
  });
  await t.notThrowsAsync(wired(RESNET, { layers: ['layer1'], inter: 0 }).then((run) => run.dispose()));
  await t.notThrowsAsync(wired(RESNET, { layers: ['f2', 'f3'] }).then((run) => run.dispose()));
});

test('a ranking on the host is renewed every so many steps and kept in between', (t) => {
  const ranked: number[] = [];
  const ranking = new RankOnHost((maps) => {
    ranked.push(maps.dataSync()[0]);
    return [0, 1];
  }, 3);
  // A partial accumulation asks twice within a step.
  for (const step of [0, 0, 1, 2, 3, 4, 5, 6]) {
    const { salient } = ranking.halves(tf.fill([1, 1, 1, 2], step), step);
    t.deepEqual(salient.arraySync(), [[0, 1]]);
  }
  t.deepEqual(ranked, [0, 3, 6]);

  const resumed = new RankOnHost(() => {
    throw new Error('ranked again');
  }, 3);
  resumed.ranks = ranking.ranks;
  t.deepEqual(resumed.halves(tf.zeros([1, 1, 1, 2]), 7).salient.arraySync(), [[0, 1]]);
});
