import type { Model } from '@kdx/core';
import type { Checkpoint } from '@kdx/core/run';
import { model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type InversionOptions, type InversionProgress, invert } from './inversion.js';
import { OVERSHOOTING, optionsOf, progressOf, settings, smallNetwork } from './inversion.test.helper.js';
import type { InversionPosition } from './pixels.js';

let network: Model;

test.before(async () => {
  await tf.setBackend('cpu');
  network = await smallNetwork();
});

const options = (over: Partial<InversionOptions> = {}): InversionOptions => optionsOf(network, over);

const bytesOf = (parts: Iterable<{ variable: tf.Variable }>): string =>
  [...parts]
    .map(({ variable }) => Buffer.from(variable.dataSync().slice().buffer).toString('base64'))
    .join('\n');

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
  const [first] = await progressOf(
    options({ settings: settings({ weights, phases: [{ iterations: 1, scale: 1 }] }) }),
  );
  const sum = Object.entries(weights).reduce(
    (total, [name, weight]) => total + weight * first.parts[name],
    0,
  );
  t.true(Math.abs(sum - first.loss) < 1e-5 * sum, `${sum} ${first.loss}`);
});

test.serial('what has no weight is not computed', async (t) => {
  const weights = { ce: 1, tvL2: 0, tvL1: 0, l2: 0, batchNorm: 0, divergence: 0 };
  const [first] = await progressOf(
    options({ settings: settings({ weights, phases: [{ iterations: 1, scale: 1 }] }) }),
  );
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
    ...OVERSHOOTING,
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

test.serial('a competitor is asked in inference, and stays as it was', async (t) => {
  const rival = await model('cifar_resnet8').build({ classes: 4, imageSize: [8, 8, 3], seed: 4 });
  const state = () => bytesOf([...rival.parameters.values(), ...rival.buffers.values()]);
  const before = state();
  const { divergence, ...rest } = settings({ phases: [{ iterations: 2, scale: 1 }] });
  const seen = await progressOf(
    options({ settings: { ...rest, divergence: { ...divergence, kind: 'adi' } }, competitor: rival }),
  );
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
    const [first] = await progressOf(
      options({ settings: { ...rest, divergence: { ...divergence, margin: -1, kind } }, competitor: rival }),
    );
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
