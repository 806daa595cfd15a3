import type { Model } from '@kdx/core';
import { fromArrays } from '@kdx/data';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { inversionRate, look, PixelRange, wholeBatchNorm } from '../index.js';
import { type InversionOptions, invert } from './inversion.js';
import { only, optionsOf, settings, smallNetwork, watched } from './inversion.test.helper.js';
import { SYNTHESIS_PRESETS, type SynthesisSettings, withoutDefaults } from './settings.js';
import { startingImages } from './starting-images.js';

/*
 * The presets that claim to be DeepInversion's, held to its released files (commit abafd38, `cifar10/deepinversion_cifar10.py`
 * and its README, `deepinversion.py`, `imagenet_inversion.py`): arguments and their defaults, read there, not here.
 */

let network: Model;

test.before(async () => {
  await tf.setBackend('cpu');
  network = await smallNetwork();
});

const options = (over: Partial<InversionOptions> = {}): InversionOptions => optionsOf(network, over);

/** What all three ways to start the CIFAR script have in common. */
const SCRIPT = {
  // Adam([inputs], lr), so its default betas; nobody changes the rate.
  betas: [0.9, 0.999],
  warmup: 0,
  schedule: 'constant',
  // Neither a clamp nor a flip occurs in the script; lim_0, lim_1 = 2, 2.
  clamp: false,
  flip: 0,
  jitter: 2,
  // --iters_mi
  phases: [{ iterations: 2000, scale: 1 }],
  // torch.norm(inputs_jit, 2), over all images.
  l2Norm: 'batch',
  // Every batch norm's term counts alike.
  firstBatchNorm: 1,
  // best_inputs is inputs.data itself, so what is returned is the last iterate.
  keep: 'last',
} as const;

const SOURCES: readonly { preset: keyof typeof SYNTHESIS_PRESETS; source: string; values: object }[] = [
  {
    preset: 'deepinversion-cifar',
    source: 'README: --r_feature_weight=10 --di_lr=0.1 --di_var_scale=0.001 --di_l2_scale=0.0',
    values: {
      ...SCRIPT,
      lr: 0.1,
      weights: { ce: 1, tvL2: 0.001, tvL1: 0, l2: 0, batchNorm: 10, divergence: 0 },
    },
  },
  {
    preset: 'deepinversion-cifar-defaults',
    source: 'argparse: di_lr 0.1, di_var_scale 2.5e-5, di_l2_scale 0, r_feature_weight 1e2',
    values: {
      ...SCRIPT,
      lr: 0.1,
      weights: { ce: 1, tvL2: 2.5e-5, tvL1: 0, l2: 0, batchNorm: 100, divergence: 0 },
    },
  },
  {
    preset: 'deepinversion-cifar-paper',
    source: 'README: --r_feature_weight=10 --di_lr=0.05',
    values: {
      ...SCRIPT,
      lr: 0.05,
      weights: { ce: 1, tvL2: 2.5e-5, tvL1: 0, l2: 0, batchNorm: 10, divergence: 0 },
    },
  },
  {
    preset: 'deepinversion',
    source:
      'deepinversion.py, setting 0; README: --lr 0.25 --r_feature 0.01 --tv_l2 0.0001 --l2 0.00001 --do_flip, batch 84',
    values: {
      phases: [
        { iterations: 2000, scale: 2 },
        { iterations: 1000, scale: 1 },
      ],
      resolution: 'pool',
      betas: [0.5, 0.9],
      lr: 0.25,
      warmup: 100,
      clamp: true,
      flip: 0.5,
      jitter: 30,
      firstBatchNorm: 10,
      weights: { ce: 1, tvL2: 1e-4, tvL1: 0, l2: 1e-5, batchNorm: 0.01, divergence: 0 },
    },
  },
  {
    preset: 'deepinversion-paper',
    source: 'deepinversion.py, setting 2: 20,000 iterations, betas 0.9, 0.999, no clamping',
    values: { phases: [{ iterations: 20_000, scale: 1 }], betas: [0.9, 0.999], clamp: false, jitter: 30 },
  },
];

test('every preset but ours for small images, and that with our loss, is held to a source', (t) => {
  const held = SOURCES.map(({ preset }) => preset);
  t.deepEqual(
    Object.keys(SYNTHESIS_PRESETS).filter((name) => !['cifar', 'imagenet', ...held].includes(name)),
    [],
  );
  const { weights, divergence, ...rest } = SYNTHESIS_PRESETS.imagenet;
  const released = SYNTHESIS_PRESETS.deepinversion;
  t.like(released, rest);
  t.deepEqual({ ...weights, divergence: 0 }, released.weights);
  t.is(divergence.kind, 'boundary');
});

for (const { preset, source, values } of SOURCES) {
  test(`${preset} is its source's: ${source}`, (t) => {
    const { classesPerBatch, imagesPerClass, ...found } = SYNTHESIS_PRESETS[preset] as SynthesisSettings;
    t.like(found, values);
    // --bs: 256 of the CIFAR script, 84 of the README's ImageNet command.
    t.is(classesPerBatch * imagesPerClass, preset.startsWith('deepinversion-cifar') ? 256 : 84);
    t.is(found.divergence.kind, 'none');
  });
}

test.serial(
  "pixels follow the script's updates: Adam at 0.1 from the first iteration on, in double precision",
  async (t) => {
    const shown: Float32Array[] = [];
    const images = await invert(
      options({
        model: watched(network, (seen) => shown.push(seen.dataSync().slice() as Float32Array)),
        settings: {
          ...SYNTHESIS_PRESETS['deepinversion-cifar'],
          phases: [{ iterations: 6, scale: 1 }],
          jitter: 0,
          weights: only({ l2: 1 }),
        },
      }),
    );
    const size = shown[0].length;
    const [m, v] = [new Float64Array(size), new Float64Array(size)];
    const update = (x: Float32Array, step: number): Float64Array => {
      // Of one norm over the whole batch the gradient is x / ‖x‖.
      const norm = Math.hypot(...x);
      return Float64Array.from(x, (value, i) => {
        const gradient = value / norm;
        m[i] = 0.9 * m[i] + 0.1 * gradient;
        v[i] = 0.999 * v[i] + 0.001 * gradient ** 2;
        const [mean, variance] = [m[i] / (1 - 0.9 ** (step + 1)), v[i] / (1 - 0.999 ** (step + 1))];
        return value - (0.1 * mean) / (Math.sqrt(variance) + 1e-8);
      });
    };
    let last = new Float64Array(size);
    shown.forEach((x, step) => {
      last = update(x, step) as Float64Array<ArrayBuffer>;
      const next = shown[step + 1];
      if (next)
        t.true(
          last.every((value, i) => Math.abs(value - next[i]) < 1e-4),
          `update ${step}`,
        );
    });
    t.true(
      shown[0].some((value) => Math.abs(value) > 3),
      'normal noise, and no clamping of it',
    );
    const { mean, std } = network.spec;
    const error = images.map((value, i) =>
      Math.abs(value - Math.min(1, Math.max(0, last[i] * std[i % 3] + mean[i % 3]))),
    );
    t.true(Math.max(...error) < 1e-4);
  },
);

test.serial("keep 'last' gives the last iterate where the best is an earlier one", async (t) => {
  const wild = {
    lr: 20,
    warmup: 0,
    jitter: 0,
    flip: 0,
    clamp: false,
    phases: [{ iterations: 8, scale: 1 as const }],
  };
  const saved: Float32Array[] = [];
  const shown = watched(network, (seen) => saved.push(seen.dataSync().slice() as Float32Array));
  const best = await invert(options({ settings: settings(wild) }));
  const last = await invert(options({ model: shown, settings: settings({ ...wild, keep: 'last' }) }));
  t.notDeepEqual(last, best);
  t.is(saved.length, 8);
});

test('the rate may fall by a line, or stay; the warm-up is before either', (t) => {
  const at = (schedule: 'linear' | 'constant', stepInEpoch: number, warmup = 2) =>
    inversionRate(0.4, warmup, schedule).at({
      epoch: 0,
      epochs: 1,
      stepInEpoch,
      stepsPerEpoch: 10,
      step: stepInEpoch,
    });
  t.deepEqual(
    [0, 1, 2, 6, 9].map((step) => at('constant', step)),
    [0.2, 0.4, 0.4, 0.4, 0.4],
  );
  t.deepEqual(
    [0, 9].map((step) => at('constant', step, 0)),
    [0.4, 0.4],
  );
  t.deepEqual(
    [0, 1, 2, 6].map((step) => at('linear', step)),
    [0.2, 0.4, 0.4, 0.2],
  );
  t.true(Math.abs(at('linear', 9) - 0.05) < 1e-12);
});

test('one norm over a batch is not the mean of its images’ norms', (t) => {
  const images = tf.tensor4d([3, 0, 0, 4, 0, 12], [2, 1, 1, 3]);
  t.true(Math.abs(wholeBatchNorm(images).dataSync()[0] - 13) < 1e-5);
  const gradient = tf
    .grad((x) => wholeBatchNorm(x as tf.Tensor4D))(images)
    .dataSync();
  [3, 0, 0, 4, 0, 12].forEach((x, i) => {
    t.true(Math.abs(gradient[i] - x / 13) < 1e-6);
  });
  t.deepEqual(
    [
      ...tf
        .grad((x) => wholeBatchNorm(x as tf.Tensor4D))(tf.zeros([2, 1, 1, 3]))
        .dataSync(),
    ],
    Array(6).fill(0),
  );
});

test('pixels are kept in another range where one is named', (t) => {
  const range = new PixelRange({ mean: [0.5], std: [0.25] }, [-0.5, 2]);
  t.deepEqual([...range.clamp(tf.tensor4d([-9, 0, 9], [3, 1, 1, 1])).dataSync()], [-4, 0, 6]);
});

test('a view: pooled, then rolled, then mirrored', (t) => {
  const seen = look(tf.tensor4d([1, 2, 3], [1, 1, 3, 1]), { roll: [0, 1], mirrored: true, pool: 1 });
  t.deepEqual([...seen.dataSync()], [2, 1, 3]);
});

test('settings that say what holds without them are left out of what a pool is told by', (t) => {
  const plain = settings();
  t.deepEqual(
    withoutDefaults({ ...plain, schedule: 'cosine', keep: 'best', l2Norm: 'image', pixelRange: [0, 1] }),
    plain,
  );
  t.is(withoutDefaults({ ...plain, keep: 'last' }).keep, 'last');
});

/** Images of one value each, of classes in turn. */
const flat = (values: readonly number[], classes: number) =>
  fromArrays({
    images: Float32Array.from(values.flatMap((value) => Array(8 * 8 * 3).fill(value))),
    labels: values.map((_, i) => i % classes),
    imageSize: [8, 8, 3],
    labelNames: Array.from({ length: classes }, (_, k) => `class ${k}`),
    mean: [0, 0, 0],
    std: [1, 1, 1],
  });

test.serial('pixels begin with images that are given, with noise on top where it is asked for', async (t) => {
  const start = Float32Array.from({ length: 4 * 8 * 8 * 3 }, (_, i) => (i % 11) / 10);
  const still = (over: Partial<SynthesisSettings> = {}) =>
    invert(options({ start, settings: settings({ phases: [], ...over }) }));
  (await still()).forEach((value, i) => {
    t.true(Math.abs(value - start[i]) < 1e-6);
  });
  const noisy = await still({ noise: 0.1 });
  const { std } = network.spec;
  const inside = [...noisy.keys()].filter((i) => start[i] > 0.3 && start[i] < 0.7);
  const z = inside.map((i) => (noisy[i] - start[i]) / (0.1 * std[i % 3]));
  const mean = z.reduce((sum, x) => sum + x, 0) / z.length;
  const deviation = Math.sqrt(z.reduce((sum, x) => sum + x * x, 0) / z.length);
  t.true(Math.abs(mean) < 0.2 && Math.abs(deviation - 1) < 0.15, `${mean} ± ${deviation}`);
});

test.serial('the deviation of the noise that pixels begin with is a setting', async (t) => {
  const noiseOf = async (noise?: number): Promise<number[]> => {
    const seen: number[] = [];
    const spy = watched(network, (images) => seen.push(...images.dataSync()));
    await invert(
      options({
        model: spy,
        settings: settings({ phases: [{ iterations: 1, scale: 1 }], jitter: 0, flip: 0, noise }),
      }),
    );
    return seen.slice(0, 100);
  };
  const usual = await noiseOf();
  const half = await noiseOf(0.5);
  usual.forEach((x, i) => {
    t.true(Math.abs(half[i] - x / 2) < 1e-6);
  });
});

test('starting images are of the target’s class where classes are the same, otherwise any', async (t) => {
  const of = async (classes: number) => {
    const source = flat([0, 0.25, 0.5, 0.75, 0.125, 0.375, 0.625, 0.875], classes);
    const images = await startingImages(source, [3, 0, 0, 2], { seed: 1, batch: 0, classes: 4 });
    return [0, 1, 2, 3].map((i) => images[i * 192]);
  };
  const [three, zero, zeroAgain, two] = await of(4);
  t.true([0.75, 0.875].includes(three));
  t.true([0, 0.125].includes(zero) && [0, 0.125].includes(zeroAgain));
  t.true([0.5, 0.625].includes(two));
  t.is((await of(2)).length, 4);
});
