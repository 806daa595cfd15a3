import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { RunStore } from '../index.js';
import { type RunSettingsInput, runSettings } from '../settings/settings.js';
import { begin } from '../train/resume.test.helper.js';
import { begunFolder, code, tinyData, tinyRun, weightsOf } from '../train/tiny-run.test.helper.js';
import { epochShowings, type Repetition, showingAt } from './repeated-augmentation.js';
import { plain, tinyLoader } from './tiny-loader.test.helper.js';

await tf.setBackend('cpu');

/** Adds one number to an image, which tells how it was drawn. */
const shift = {
  name: 'shift',
  apply: ({ data }: { data: Float32Array }, rng: { uniform(): number }) => {
    const by = rng.uniform();
    for (let i = 0; i < data.length; i++) data[i] += by;
  },
};
const loaderOf = (settings: RunSettingsInput, train = 10) =>
  tinyLoader(tinyData({ train, augment: [shift] }), settings);
const places = (count: number, repetition: Repetition) =>
  Array.from({ length: count }, (_, position) => showingAt(position, repetition).place);

test('ranks are dealt the first places that DeiT deals them (golden case G7)', (t) => {
  const dealt = (rank: number) => places(6, { images: 512, repeats: 3, rank, world: 4 });
  t.deepEqual([0, 1, 2, 3].map(dealt), [
    [0, 1, 2, 4, 5, 6],
    [0, 1, 3, 4, 5, 7],
    [0, 2, 3, 4, 6, 7],
    [1, 2, 3, 5, 6, 7],
  ]);
});

test('an epoch of DeiT’s release has the showings of G7, and one of kdx as many as images', (t) => {
  t.is(epochShowings(512, { ranks: 4, repeatRound: 256, repeats: 3 }), 128);
  t.is(epochShowings(200, { ranks: 4, repeatRound: 256, repeats: 3 }), 0);
  t.is(epochShowings(1_281_167, { ranks: 16, repeatRound: 256, repeats: 3 }), 80_064);
  t.is(80_064 / 64, 1251);
  for (const images of [1, 3, 200, 1_281_167]) t.is(epochShowings(images), images);
});

test('rounding and ratio are those of timm’s sampler', (t) => {
  // floor(len // round * round / ratio), and ceil(len / ratio) for round 0.
  t.is(epochShowings(1000, { ranks: 2, repeatRound: 256, repeats: 3 }), 384);
  t.is(epochShowings(1000, { ranks: 2, repeatRound: 0, repeats: 3 }), 500);
  t.is(epochShowings(1001, { ranks: 2, repeatRound: 0, repeats: 3 }), 501);
  t.is(epochShowings(1001, { ranks: 2, repeats: 3 }), 500);
  t.is(epochShowings(1000, { ranks: 2, repeatRatio: 4, repeatRound: 100, repeats: 3 }), 250);
  t.is(
    epochShowings(10, { ranks: 2, repeatRatio: 0.5, repeats: 3 }),
    15,
    'a rank has no more than it is dealt',
  );
});

test('a run that is one of several ranks sees what DeiT deals that rank (G7)', (t) => {
  const settings = { repeats: 3, ranks: 4, repeatRound: 256, batch: 6, shuffle: false };
  const ofRank = (rank: number) => [...loaderOf({ ...settings, rank }, 512).indices(0, 0, 0)];
  t.deepEqual([0, 1, 2, 3].map(ofRank), [
    [0, 1, 2, 4, 5, 6],
    [0, 1, 3, 4, 5, 7],
    [0, 2, 3, 4, 6, 7],
    [1, 2, 3, 5, 6, 7],
  ]);
  t.deepEqual(
    [0, 1, 2].map((rank) => loaderOf({ ...settings, rank }, 512).shown(0, 0, 0)[0].repeat),
    [0, 1, 2],
    'ranks augment one image differently',
  );
});

test('ranks that are none, and rounding that leaves nothing, are refused', async (t) => {
  const of = (settings: RunSettingsInput) => tinyRun({ settings: { ...settings, batch: 4 } });
  const rank = await t.throwsAsync(of({ ranks: 2, rank: 2 }), {
    message: /rank=2 is not below ranks=2.*rank=1/,
  });
  t.is(code(rank), 'KDX_RANGE');
  const none = await t.throwsAsync(of({ repeatRound: 256 }), {
    message: /repeatRound=256 .* none of the 12/,
  });
  t.is(code(none), 'KDX_DATA_SMALL');
});

test('what ranks lack at the end is taken from the beginning, and no repeat is dealt twice before', (t) => {
  // 5 images, 2 repeats: the sequence is 0 0 1 1 2 2 3 3 4 4, and 3 processes need 12.
  const sequence = (rank: number) =>
    Array.from({ length: 4 }, (_, k) => showingAt(k, { images: 5, repeats: 2, rank, world: 3 }));
  t.deepEqual(
    [0, 1, 2].map((rank) => sequence(rank).map(({ place, repeat }) => `${place}.${repeat}`)),
    [
      ['0.0', '1.1', '3.0', '4.1'],
      ['0.1', '2.0', '3.1', '0.0'],
      ['1.0', '2.1', '4.0', '0.1'],
    ],
  );
});

test('an epoch of one process is each image some times in a row, as long as without', async (t) => {
  const settings = { repeats: 3 };
  const plainOrder = [0, 1, 2].flatMap((step) => [...loaderOf({}).indices(0, step, 0)]);
  const loader = loaderOf(settings);
  const order = [0, 1, 2].flatMap((step) => [...loader.indices(0, step, 0)]);
  const [a, b, c, d] = plainOrder;
  t.deepEqual(order, [a, a, a, b, b, b, c, c, c, d]);
  t.is(loader.microBatches(2), 1);
  t.deepEqual([...(await loader.load(0, 2, 0)).indices], [c, d], 'the last batch holds what is left');
  t.notDeepEqual([...loader.indices(1, 0, 0)], [...loader.indices(0, 0, 0)]);
});

test('each showing is augmented anew, the first as without repeats, with one label', async (t) => {
  const loader = loaderOf({ repeats: 3 });
  const { indices, images, labels } = await loader.load(0, 0, 0);
  const shown = (row: number) => [...images.subarray(row * 16, row * 16 + 16)];
  t.deepEqual(shown(0), [...(await loaderOf({}).image(0, indices[0]))]);
  t.deepEqual(shown(2), [...(await loader.image(0, indices[0], undefined, 2))]);
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ]) {
    const differences = shown(a).map((value, i) => value - shown(b)[i]);
    t.true(Math.abs(differences[0]) > 1e-4);
    t.true(
      differences.every((difference) => Math.abs(difference - differences[0]) < 1e-6),
      'it is one image',
    );
    t.is(labels[a], labels[b]);
  }
});

test('any batch of an epoch with repeats is the same whatever was loaded before it', async (t) => {
  const settings = { repeats: 3, accumulate: 2, batch: 2, mixup: 0.8 };
  const places = [0, 1, 2].flatMap((step) => [0, 1].map((micro) => [step, micro] as const)).slice(0, 5);
  const forwards = loaderOf(settings);
  const batches: unknown[] = [];
  for (const [step, micro] of places) batches.push(plain(await forwards.load(1, step, micro)));
  const backwards = loaderOf(settings);
  for (let at = places.length - 1; at >= 0; at--) {
    t.deepEqual(plain(await backwards.load(1, ...places[at])), batches[at]);
  }
});

test('one repeat is no repeat', async (t) => {
  t.deepEqual(plain(await loaderOf({ repeats: 1 }).load(0, 1, 0)), plain(await loaderOf({}).load(0, 1, 0)));
});

test('odd and tiny numbers of images work, down to as many as repeats', (t) => {
  const order = (train: number, repeats: number, batch: number) => {
    const loader = loaderOf({ repeats, batch }, train);
    const steps = Math.ceil(train / batch);
    return Array.from({ length: steps }, (_, step) => [...loader.indices(0, step, 0)]).flat();
  };
  for (const [train, repeats, batch] of [
    [3, 3, 3],
    [5, 2, 3],
    [7, 3, 4],
    [200, 3, 64],
  ]) {
    const shown = order(train, repeats, batch);
    t.is(shown.length, train);
    t.is(new Set(shown).size, Math.ceil(train / repeats));
  }
});

test('more repeats than a step or the data hold are refused', async (t) => {
  const refused = async (settings: RunSettingsInput, train: number, message: RegExp) => {
    const error = await t.throwsAsync(tinyRun({ data: tinyData({ train }), settings }), { message });
    t.is(code(error), 'KDX_DATA_SMALL');
  };
  await refused({ repeats: 3, batch: 4 }, 2, /repeats=3 .* the data tiny-data holds 2; use more images/);
  await refused({ repeats: 3, batch: 2 }, 12, /an optimiser step holds 2; use a larger --batch/);
  t.notThrows(() => loaderOf({ repeats: 4, batch: 2, accumulate: 2 }).indices(0, 0, 0));
  t.throws(() => runSettings.parse({ repeats: 0 }));
});

test('a run with repeats that was interrupted ends in the same bits', async (t) => {
  const settings: RunSettingsInput = { epochs: 2, batch: 4, repeats: 3, mixup: 0.8, logEvery: 1 };
  const whole = await begin(RunStore.open(begunFolder()), { settings });
  await whole.fit();
  const directory = begunFolder();
  const interrupt = new AbortController();
  const stopped = await begin(RunStore.open(directory), { settings }, (ctx) =>
    ctx.hook('stepEnd', ({ step }) => {
      if (step === 3) interrupt.abort();
    }),
  );
  t.is(code(await t.throwsAsync(stopped.fit({ signal: interrupt.signal }))), 'KDX_INTERRUPTED');
  const resumed = await begin(RunStore.open(directory), { settings });
  await resumed.fit();
  t.deepEqual(weightsOf(resumed.composition), weightsOf(whole.composition));
  const once = await begin(RunStore.open(begunFolder()), { settings: { ...settings, repeats: 1 } });
  await once.fit();
  t.notDeepEqual(weightsOf(once.composition), weightsOf(whole.composition));
  for (const run of [whole, stopped, resumed, once]) await run.dispose();
});
