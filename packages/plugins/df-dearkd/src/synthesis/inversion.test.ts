import type { Checkpoint, Model } from '@kdx/core';
import { model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type InversionOptions, type InversionProgress, invert } from './inversion.js';
import type { InversionPosition } from './pixels.js';
import { SYNTHESIS_PRESETS, type SynthesisSettings } from './settings.js';

let network: Model;

test.before(async () => {
  await tf.setBackend('cpu');
  network = await model('cifar_resnet8').build({ classes: 4, imageSize: [8, 8, 3], seed: 3 });
});

const settings = (over: Partial<SynthesisSettings> = {}): SynthesisSettings => ({
  ...SYNTHESIS_PRESETS.cifar,
  classesPerBatch: 2,
  imagesPerClass: 2,
  phases: [{ iterations: 12, scale: 1 }],
  warmup: 2,
  ...over,
});

const options = (over: Partial<InversionOptions> = {}): InversionOptions => ({
  model: network,
  settings: settings(),
  targets: Int32Array.of(0, 0, 3, 3),
  seed: 0,
  batch: 0,
  progressEvery: 1,
  ...over,
});

const bytesOf = (parts: Iterable<{ variable: tf.Variable }>): string =>
  [...parts]
    .map(({ variable }) => Buffer.from(variable.dataSync().slice().buffer).toString('base64'))
    .join('\n');

/** The network, telling what it is shown. */
const watched = (tell: (images: tf.Tensor4D) => void): Model => ({
  spec: network.spec,
  parameters: network.parameters,
  buffers: network.buffers,
  taps: () => network.taps(),
  forward: (images, how) => {
    tell(images);
    return network.forward(images, how);
  },
  dispose: () => {},
});

/** Weights of nothing but these. */
const only = (weights: Partial<SynthesisSettings['weights']>): SynthesisSettings['weights'] => ({
  ...{ ce: 0, tvL2: 0, tvL1: 0, l2: 0, batchNorm: 0, divergence: 0 },
  ...weights,
});

test.serial(
  'G19c: 50 iterations lower the loss; pixels stay in range, the network stays as it was',
  async (t) => {
    const seen: InversionProgress[] = [];
    const state = () => bytesOf([...network.parameters.values(), ...network.buffers.values()]);
    const before = state();
    const held = tf.memory().numTensors;
    const images = await invert(
      options({
        settings: settings({ phases: [{ iterations: 50, scale: 1 }], jitter: 0, flip: 0 }),
        onProgress: (progress) => seen.push(progress),
      }),
    );
    t.is(seen.length, 50);
    t.true(seen[49].loss < 0.9 * seen[0].loss, `${seen[0].loss} → ${seen[49].loss}`);
    t.deepEqual(Object.keys(seen[0].parts), ['ce', 'tvL2', 'batchNorm', 'divergence']);
    t.is(images.length, 4 * 8 * 8 * 3);
    t.true(images.every((x) => x >= 0 && x <= 1));
    t.is(state(), before);
    t.is(tf.memory().numTensors, held);
  },
);

test.serial('the loss is the weighted sum of its parts', async (t) => {
  const weights = { ce: 2, tvL2: 0.003, tvL1: 0.5, l2: 0.1, batchNorm: 4, divergence: 0.7 };
  const [first] = await progressOf(settings({ weights, phases: [{ iterations: 1, scale: 1 }] }));
  const sum = Object.entries(weights).reduce(
    (total, [name, weight]) => total + weight * first.parts[name],
    0,
  );
  t.true(Math.abs(sum - first.loss) < 1e-5 * sum, `${sum} ${first.loss}`);
});

test.serial('what has no weight is not computed', async (t) => {
  const weights = { ce: 1, tvL2: 0, tvL1: 0, l2: 0, batchNorm: 0, divergence: 0 };
  const [first] = await progressOf(settings({ weights, phases: [{ iterations: 1, scale: 1 }] }));
  t.deepEqual(Object.keys(first.parts), ['ce']);
  const none = { ...weights, ce: 0 };
  await t.throwsAsync(invert(options({ settings: settings({ weights: none }) })), { code: 'KDX_SYNTH_LOSS' });
});

test.serial('an inversion that goes on from a checkpoint ends in the same images, bit for bit', async (t) => {
  for (const resolution of ['pool', 'upsample'] as const) {
    const two = settings({
      resolution,
      phases: [
        { iterations: 5, scale: 2 },
        { iterations: 6, scale: 1 },
      ],
    });
    const saved: Checkpoint<InversionPosition>[] = [];
    const whole = await invert(
      options({ settings: two, saveEvery: 1, save: async (checkpoint) => void saved.push(checkpoint) }),
    );
    t.deepEqual(
      saved.map(({ state }) => state.step),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    for (const from of [saved[2], saved[4], saved[8]]) {
      t.deepEqual(
        await invert(options({ settings: two }), from),
        whole,
        `${resolution} from ${from.state.step}`,
      );
    }
  }
});

test.serial('the images are those after the update whose loss was the lowest', async (t) => {
  // Leaps this wide overshoot, so that the last iteration is not the best.
  const wild = settings({
    lr: 20,
    warmup: 0,
    jitter: 0,
    flip: 0,
    clamp: false,
    phases: [{ iterations: 8, scale: 1 }],
  });
  const states: Checkpoint<InversionPosition>[] = [];
  const losses: number[] = [];
  const images = await invert(
    options({
      settings: wild,
      saveEvery: 1,
      save: async (checkpoint) => void states.push(checkpoint),
      onProgress: ({ loss }) => losses.push(loss),
    }),
  );
  const best = losses.indexOf(Math.min(...losses));
  t.true(best < 7, `lowest at ${best} of ${losses.join(', ')}`);
  const { mean, std } = network.spec;
  const kept = states[best].tensors.get('pixels')?.data as Float32Array;
  images.forEach((value, i) => {
    const plain = Math.min(1, Math.max(0, kept[i] * std[i % 3] + mean[i % 3]));
    if (Math.abs(value - plain) > 1e-6) t.fail(`pixel ${i}: ${value}, not ${plain}`);
  });
  t.pass();
});

test.serial('a phase at half resolution shows the network half the pixels', async (t) => {
  const sizes: number[] = [];
  const spy = watched((images) => sizes.push(images.shape[1]));
  const phases = [
    { iterations: 2, scale: 2 as const },
    { iterations: 1, scale: 1 as const },
  ];
  for (const resolution of ['pool', 'upsample'] as const) {
    sizes.length = 0;
    const images = await invert(options({ model: spy, settings: settings({ phases, resolution }) }));
    t.deepEqual(sizes, [4, 4, 8]);
    t.is(images.length, 4 * 8 * 8 * 3);
  }
});

test.serial(
  'without a phase it gives the noise it would begin with, another for each batch and seed',
  async (t) => {
    const noise = await invert(options({ settings: settings({ phases: [] }) }));
    t.deepEqual(await invert(options({ settings: settings({ phases: [] }) })), noise);
    t.notDeepEqual(await invert(options({ settings: settings({ phases: [] }), batch: 1 })), noise);
    t.notDeepEqual(await invert(options({ settings: settings({ phases: [] }), seed: 1 })), noise);
    t.true(noise.every((x) => x >= 0 && x <= 1));
  },
);

test.serial('each phase forgets the best of the one before it', async (t) => {
  // The first leap overshoots, so that the second phase begins with images that are worse than the noise.
  const wild = settings({
    lr: 20,
    warmup: 0,
    jitter: 0,
    flip: 0,
    clamp: false,
    phases: [
      { iterations: 1, scale: 1 },
      { iterations: 2, scale: 1 },
    ],
    weights: only({ l2: 1 }),
  });
  const saved: Checkpoint<InversionPosition>[] = [];
  const losses: number[] = [];
  await invert(
    options({
      settings: wild,
      saveEvery: 1,
      save: async (checkpoint) => void saved.push(checkpoint),
      onProgress: ({ loss }) => losses.push(loss),
    }),
  );
  t.true(losses[1] > 2 * losses[0], losses.join());
  const { tensors } = saved[1];
  t.deepEqual(tensors.get('best')?.data, tensors.get('pixels')?.data);
  t.deepEqual([...(tensors.get('best-loss')?.data ?? [])], [losses[1]]);
});

test.serial(
  'pixels follow Adam with the betas of the settings, anew and warming up in each phase',
  async (t) => {
    const shown: Float32Array[] = [];
    const [beta1, beta2] = [0.5, 0.8];
    const phases = [
      { iterations: 4, scale: 1 as const },
      { iterations: 4, scale: 1 as const },
    ];
    await invert(
      options({
        model: watched((images) => shown.push(images.dataSync().slice() as Float32Array)),
        settings: settings({
          phases,
          betas: [beta1, beta2],
          // Wide enough for many pixels to change their sign, without which every Adam would do the same.
          lr: 1,
          warmup: 2,
          jitter: 0,
          flip: 0,
          clamp: false,
          weights: only({ l2: 1 }),
        }),
      }),
    );
    t.is(shown.length, 8);
    // Of the mean norm of B images the gradient is x / (B ‖x‖). All in double precision.
    const size = shown[0].length / 4;
    let [m, v] = [new Float64Array(4 * size), new Float64Array(4 * size)];
    shown.slice(0, -1).forEach((before, step) => {
      const inPhase = step % 4;
      if (inPhase === 0) [m, v] = [new Float64Array(4 * size), new Float64Array(4 * size)];
      const norms = [0, 1, 2, 3].map((b) => Math.hypot(...before.subarray(b * size, (b + 1) * size)));
      // Two of warm-up, then the cosine of 0 and of a right angle.
      const rate = [0.5, 1, 1, 0.5][inPhase];
      const errors = before.map((x, i) => {
        const gradient = x / (4 * norms[Math.floor(i / size)]);
        m[i] = beta1 * m[i] + (1 - beta1) * gradient;
        v[i] = beta2 * v[i] + (1 - beta2) * gradient ** 2;
        const [mean, variance] = [m[i] / (1 - beta1 ** (inPhase + 1)), v[i] / (1 - beta2 ** (inPhase + 1))];
        return Math.abs(x - (rate * mean) / (Math.sqrt(variance) + 1e-8) - shown[step + 1][i]);
      });
      t.true(Math.max(...errors) < 1e-4, `update ${step}: ${Math.max(...errors)}`);
    });
  },
);

test.serial(
  'each iteration draws its view, of half the jitter where the network sees half the pixels',
  async (t) => {
    const still = only({ l2: 1 });
    const phases = [
      { iterations: 16, scale: 2 as const },
      { iterations: 16, scale: 1 as const },
    ];
    const viewsOf = async (
      over: Partial<SynthesisSettings>,
      asked: Partial<InversionOptions> = {},
    ): Promise<readonly SeenView[]> => {
      const shown: number[][][][][] = [];
      let noise: Float32Array | undefined;
      await invert(
        options({
          model: watched((images) => shown.push(images.arraySync())),
          // A rate too small to move anything.
          settings: settings({
            phases,
            resolution: 'pool',
            clamp: false,
            lr: 1e-30,
            weights: still,
            ...over,
          }),
          saveEvery: 1,
          save: async ({ tensors }) => {
            noise = tensors.get('pixels')?.data as Float32Array;
          },
          ...asked,
        }),
      );
      const whole = tf.tensor4d(noise as Float32Array, [4, 8, 8, 3]);
      const halved = tf.avgPool(whole, 2, 2, 'valid').arraySync();
      return shown.map((seen) => viewOf(seen, seen[0].length === 4 ? halved : whole.arraySync()));
    };
    const views = await viewsOf({ jitter: 3, flip: 0.5 });
    const [half, full] = [views.slice(0, 16), views.slice(16)];
    const shifts = (of: readonly SeenView[]) =>
      [...new Set(of.flatMap(({ down, right }) => [down, right]))].sort((a, b) => a - b);
    t.deepEqual(shifts(half), [-1, 0, 1]);
    t.deepEqual(shifts(full), [-3, -2, -1, 0, 1, 2, 3]);
    for (const of of [half, full]) {
      t.is(new Set(of.map(({ mirrored }) => mirrored)).size, 2, 'mirrored at times');
      t.true(new Set(of.map((view) => JSON.stringify(view))).size > 4, 'no view for all iterations');
    }
    const short = { jitter: 3, flip: 0.5, phases: [{ iterations: 4, scale: 1 as const }] };
    const usual = await viewsOf(short);
    t.deepEqual(await viewsOf(short), usual);
    t.notDeepEqual(await viewsOf(short, { batch: 1 }), usual, 'of another batch');
    t.notDeepEqual(await viewsOf(short, { seed: 1 }), usual, 'of another seed');
    for (const flip of [0, 1]) {
      const mirrored = (await viewsOf({ ...short, flip })).map((view) => view.mirrored);
      t.deepEqual(mirrored, new Array(4).fill(flip === 1));
    }
  },
);

test.serial('the first batch norm counts with the factor of the settings', async (t) => {
  const distance = async (firstBatchNorm: number) => {
    const phases = [{ iterations: 1, scale: 1 as const }];
    const [first] = await progressOf(settings({ firstBatchNorm, phases, weights: only({ batchNorm: 1 }) }));
    return first.parts.batchNorm;
  };
  const [none, once, five] = [await distance(0), await distance(1), await distance(5)];
  t.true(once > 1.01 * none, `${none} ${once}`);
  t.true(Math.abs(five - none - 5 * (once - none)) < 1e-4 * five, `${none} ${once} ${five}`);
});

test.serial('a competitor is asked in inference, and stays as it was', async (t) => {
  const rival = await model('cifar_resnet8').build({ classes: 4, imageSize: [8, 8, 3], seed: 4 });
  const state = () => bytesOf([...rival.parameters.values(), ...rival.buffers.values()]);
  const before = state();
  const { divergence, ...rest } = settings({ phases: [{ iterations: 2, scale: 1 }] });
  const seen = await progressOf({ ...rest, divergence: { ...divergence, kind: 'adi' } }, rival);
  t.is(seen.length, 2);
  t.true('divergence' in seen[0].parts);
  t.is(state(), before);
  rival.dispose();
});

test.serial('every kind of divergence, and none', async (t) => {
  const rival = await model('cifar_resnet8').build({ classes: 4, imageSize: [8, 8, 3], seed: 4 });
  const values = new Map<string, number | undefined>();
  for (const kind of ['boundary', 'push', 'triplet', 'adi', 'none'] as const) {
    const { divergence, ...rest } = settings({ phases: [{ iterations: 1, scale: 1 }] });
    // Untrained features lie so near to each other that a margin would leave the boundary's half alone.
    const [first] = await progressOf({ ...rest, divergence: { ...divergence, margin: -1, kind } }, rival);
    values.set(kind, first.parts.divergence);
  }
  rival.dispose();
  t.is(values.get('none'), undefined);
  const found = [...values].filter(([kind]) => kind !== 'none').map(([, value]) => value as number);
  t.true(found.every((value) => Number.isFinite(value) && value >= 0));
  t.is(new Set(found).size, 4, found.join());
});

test.serial('what cannot be is refused in words', async (t) => {
  const { divergence } = settings();
  await t.throwsAsync(
    invert(options({ settings: settings({ divergence: { ...divergence, kind: 'adi' } }) })),
    {
      code: 'KDX_SYNTH_COMPETITOR',
      message: /--compete/,
    },
  );
  const odd = await model('cifar_resnet8').build({ classes: 4, imageSize: [7, 7, 3] });
  await t.throwsAsync(
    invert(
      options({
        model: odd,
        settings: settings({ resolution: 'pool', phases: [{ iterations: 1, scale: 2 }] }),
      }),
    ),
    { code: 'KDX_SYNTH_SIZE', message: /7×7/ },
  );
  odd.dispose();
  await t.throwsAsync(invert(options({ settings: settings({ lr: 1e38, clamp: false, warmup: 0 }) })), {
    code: 'KDX_NON_FINITE',
    message: /batch 1 .*--set lr=/,
  });
});

test.serial('an interrupt saves after the iteration in progress', async (t) => {
  const controller = new AbortController();
  const saved: Checkpoint<InversionPosition>[] = [];
  await t.throwsAsync(
    invert(
      options({
        signal: controller.signal,
        save: async (checkpoint) => void saved.push(checkpoint),
        onProgress: ({ step }) => {
          if (step === 3) controller.abort();
        },
      }),
    ),
    { code: 'KDX_INTERRUPTED', message: /iteration 3/ },
  );
  t.deepEqual(
    saved.map(({ state }) => state),
    [{ batch: 0, step: 3 }],
  );
  t.deepEqual(await invert(options(), saved[0]), await invert(options()));
});

async function progressOf(given: SynthesisSettings, competitor?: Model): Promise<InversionProgress[]> {
  const seen: InversionProgress[] = [];
  await invert(options({ settings: given, competitor, onProgress: (progress) => seen.push(progress) }));
  return seen;
}

interface SeenView {
  readonly down: number;
  readonly right: number;
  readonly mirrored: boolean;
}

/** The one view of `base` that `seen` is, both `[B, S, S, C]`. @throws when it is none, or more than one */
function viewOf(seen: number[][][][], base: number[][][][]): SeenView {
  const side = base[0].length;
  const shifts = Array.from({ length: side }, (_, i) => i - side / 2 + 1);
  const all = shifts.flatMap((down) =>
    shifts.flatMap((right) => [false, true].map((mirrored) => ({ down, right, mirrored }))),
  );
  const found = all.filter(({ down, right, mirrored }) =>
    seen.every((image, b) =>
      image.every((row, y) =>
        row.every((pixel, x) => {
          const column = (mirrored ? side - 1 - x : x) - right;
          const from = base[b][(y - down + side) % side][(column + side) % side];
          return pixel.every((value, c) => Math.abs(value - from[c]) < 1e-5);
        }),
      ),
    ),
  );
  if (found.length !== 1) throw new Error(`${found.length} views`);
  return found[0];
}
