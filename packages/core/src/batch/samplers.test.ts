import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { BATCH_LOADER, SAMPLER } from '../compose/tokens.js';
import { type ConfigureContext, RunStore, type Sampler } from '../index.js';
import { explainRun } from '../inspect.js';
import { type RunSettingsInput } from '../settings/settings.js';
import { begin, killing } from '../train/resume.test.helper.js';
import {
  begunFolder,
  code,
  fitted,
  plugin,
  task,
  tinyData,
  tinyRun,
  weightsOf,
} from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

/** As many of each class, drawn with repetition; 9 images an epoch. */
const balanced: Sampler = {
  name: 'balanced(3)',
  length: ({ classes }) => 3 * classes,
  order({ labels, classes, rng }) {
    const ofClass = (k: number) => Array.from(labels).flatMap((label, index) => (label === k ? [index] : []));
    return Array.from({ length: 3 * classes }, (_, place) => {
      const images = ofClass(place % classes);
      return images[Math.floor(rng.uniform() * images.length)];
    });
  },
};
const sampling = (sampler: unknown, name = 'sampling') =>
  plugin(name, { configure: (ctx: ConfigureContext) => ctx.provide(SAMPLER, sampler as Sampler) });
const shift = {
  name: 'shift',
  apply: ({ data }: { data: Float32Array }, rng: { uniform(): number }) => {
    const by = rng.uniform();
    for (let i = 0; i < data.length; i++) data[i] += by;
  },
};

/** The batches of an epoch of a run. */
async function epochOf(settings: RunSettingsInput, sampler?: Sampler, epoch = 0) {
  const run = await tinyRun({
    data: tinyData({ augment: [shift] }),
    plugins: [task(), ...(sampler ? [sampling(sampler)] : [])],
    settings,
  });
  const loader = run.composition.container.get(BATCH_LOADER);
  const { stepsPerEpoch, data } = run.composition;
  const batches = [];
  for (let step = 0; step < stepsPerEpoch; step++) batches.push(await loader.load(epoch, step, 0));
  const told = explainRun(run.composition).training;
  await run.dispose();
  return {
    indices: batches.flatMap((batch) => [...batch.indices]),
    batches,
    stepsPerEpoch,
    labels: data.train.labels,
    told,
  };
}

test('unshuffled, every epoch shows the images in the order of the data', async (t) => {
  const twelve = Array.from({ length: 12 }, (_, index) => index);
  for (const epoch of [0, 1])
    t.deepEqual((await epochOf({ shuffle: false }, undefined, epoch)).indices, twelve);
  const { indices, told } = await epochOf({ shuffle: false, repeats: 3, batch: 3 });
  t.deepEqual(indices, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  t.is(told.order, 'in the order of the data');
  t.is((await epochOf({})).told.order, undefined);
});

test("a plugin's sampler decides the images, their number and the steps", async (t) => {
  const { indices, labels, stepsPerEpoch, told, batches } = await epochOf({}, balanced);
  t.is(indices.length, 9);
  t.is(stepsPerEpoch, 3);
  t.deepEqual(
    indices.map((index) => labels[index]),
    [0, 1, 2, 0, 1, 2, 0, 1, 2],
  );
  t.is(told.order, 'balanced(3) of sampling');
  t.deepEqual([...batches[0].labels], [0, 1, 2, 0]);
  t.notDeepEqual((await epochOf({}, balanced, 1)).indices, indices, 'epochs differ');
  t.notDeepEqual((await epochOf({ seed: 1 }, balanced)).indices, indices, 'seeds differ');
  t.deepEqual((await epochOf({}, balanced)).indices, indices, 'the same again is the same');
});

test('an image that an epoch shows twice is augmented separately', async (t) => {
  const twice: Sampler = { name: 'twice', length: () => 4, order: () => [5, 5, 5, 2] };
  const { batches } = await epochOf({}, twice);
  const [a, b, c] = [0, 1, 2].map((row) => batches[0].images[row * 16]);
  t.is(new Set([a, b, c]).size, 3);
  const repeated = await epochOf({ repeats: 2 }, twice);
  t.deepEqual(repeated.indices, [5, 5, 5, 5], 'each entry stands twice in a row');
  t.is(new Set([0, 1, 2, 3].map((row) => repeated.batches[0].images[row * 16])).size, 4);
});

test('a run with a sampler that was killed ends in the same bits', async (t) => {
  const more = { plugins: [task(), sampling(balanced)] };
  const whole = await begin(RunStore.open(begunFolder()), more);
  await whole.fit();
  const directory = begunFolder();
  const killed = await begin(
    RunStore.open(directory),
    more,
    killing(({ epoch, stepInEpoch }) => epoch === 1 && stepInEpoch === 1),
  );
  await t.throwsAsync(killed.fit(), { message: /power cut/ });
  const resumed = await begin(RunStore.open(directory), more);
  await resumed.fit();
  t.deepEqual(weightsOf(resumed.composition), weightsOf(whole.composition));
  for (const run of [whole, killed, resumed]) await run.dispose();
});

test('a sampler like the usual one trains the same weights', async (t) => {
  const usual: Sampler = {
    name: 'usual',
    order: ({ images, rng }) => rng.shuffle(Int32Array.from({ length: images }, (_, index) => index)),
  };
  const { weights } = await fitted({ plugins: [task(), sampling(usual)] });
  t.deepEqual(weights, (await fitted({})).weights);
});

test('a value that is not a sampler, and orders that are not valid, are refused before the first step with their plugin', async (t) => {
  let calls = 0;
  const order = (given: unknown): unknown => ({ name: 'odd', order: () => given });
  for (const [sampler, message] of [
    [null, /sampler of plugin "sampling" has no name or no order\(\)/],
    [{ name: 'odd' }, /has no name or no order/],
    [{ order: () => [] }, /has no name/],
    [
      order(undefined),
      /Sampler "odd" of plugin "sampling" gave undefined positions for epoch 0, and an epoch shows 12/,
    ],
    [order(null), /gave null positions/],
    [order([]), /gave 0 positions/],
    [order(Promise.resolve([])), /gave no list of positions/],
    [order(Array(12).fill(12)), /gave the position 12 in epoch 0; .* from 0 to 11/],
    [order(Array(12).fill(-1)), /gave the position -1/],
    [order(Array(12).fill(0.5)), /gave the position 0\.5/],
    [order(Array(12).fill('1')), /gave the position 1 in/],
    [order(Array(12).fill(Number.NaN)), /gave the position NaN/],
    [{ name: 'odd', length: () => 0, order: () => [] }, /shows 0 images/],
    [{ name: 'odd', length: () => 2.5, order: () => [] }, /shows 2\.5 images/],
    [
      {
        name: 'odd',
        order: () => {
          throw new Error('no labels');
        },
      },
      /Sampler "odd" of plugin "sampling" failed: no labels\./,
    ],
    [
      { name: 'odd', order: () => Array(12).fill(calls++ % 12) },
      /gives one epoch two orders: position 0 is \d+, then/,
    ],
  ] as const) {
    const error = await t.throwsAsync(tinyRun({ plugins: [task(), sampling(sampler)] }), { message });
    t.is(code(error), 'KDX_SAMPLER', String(message));
  }
});

test('two samplers, one claimed late, or one beside shuffle=false are refused', async (t) => {
  const late = plugin('late', { setup: (ctx) => ctx.provide(SAMPLER, balanced) });
  const of = (...plugins: ReturnType<typeof task>[]) => tinyRun({ plugins: [task(), ...plugins] });
  t.is(code(await t.throwsAsync(of(late))), 'KDX_SLOT_LATE');
  t.is(code(await t.throwsAsync(of(sampling(balanced), sampling(balanced, 'other')))), 'KDX_SLOT_TWICE');
  const both = tinyRun({ plugins: [task(), sampling(balanced)], settings: { shuffle: false } });
  t.is(
    code(await t.throwsAsync(both, { message: /"sampling" chooses the order.*shuffle=false/ })),
    'KDX_SLOT_RESERVED',
  );
});
