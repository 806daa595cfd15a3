import type { Model } from '@kdx/core';
import type { Checkpoint } from '@kdx/core/run';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type InversionOptions, invert } from './inversion.js';
import {
  OVERSHOOTING,
  only,
  optionsOf,
  progressOf,
  settings,
  smallNetwork,
  watched,
} from './inversion.test.helper.js';
import type { InversionPosition } from './pixels.js';
import type { SynthesisSettings } from './settings.js';

let network: Model;

test.before(async () => {
  await tf.setBackend('cpu');
  network = await smallNetwork();
});

const options = (over: Partial<InversionOptions> = {}): InversionOptions => optionsOf(network, over);

test.serial('a phase at half resolution shows the network half the pixels', async (t) => {
  const sizes: number[] = [];
  const spy = watched(network, (images) => sizes.push(images.shape[1]));
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

test.serial('each phase forgets the best of the one before it', async (t) => {
  // The first leap overshoots, so that the second phase begins with images that are worse than the noise.
  const wild = settings({
    ...OVERSHOOTING,
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
        model: watched(network, (images) => shown.push(images.dataSync().slice() as Float32Array)),
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
          model: watched(network, (images) => shown.push(images.arraySync())),
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
    const [first] = await progressOf(
      options({ settings: settings({ firstBatchNorm, phases, weights: only({ batchNorm: 1 }) }) }),
    );
    return first.parts.batchNorm;
  };
  const [none, once, five] = [await distance(0), await distance(1), await distance(5)];
  t.true(once > 1.01 * none, `${none} ${once}`);
  t.true(Math.abs(five - none - 5 * (once - none)) < 1e-4 * five, `${none} ${once} ${five}`);
});

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
