import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from '@kdx/core';
import { batchPath, fromArrays, openPool } from '@kdx/data';
import { model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { filesOf } from '../pool/pool-writer.test.helper.js';
import { identity, noisePool, temporaryFolder, tinyNetwork, tinySettings } from '../tiny-pool.test.helper.js';
import type { SynthesisEvent, SynthesizeOptions } from './request.js';
import { synthesize } from './synthesize.js';

let network: Model;
let other: Model;

test.before(async () => {
  await tf.setBackend('cpu');
  [network, other] = [await tinyNetwork(), await tinyNetwork(4)];
});

const options = (directory: string, over: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  inverted: { model: network, identity: identity('a') },
  directory,
  images: 8,
  settings: tinySettings(),
  ...over,
});
/** One grey training image per label. */
const images = (
  classNames: string[],
  imageSize: [number, number, number] = [8, 8, 3],
  labels: number[] = classNames.map((_, k) => k),
) =>
  fromArrays({
    images: new Float32Array(labels.length * imageSize[0] * imageSize[1] * 3).fill(0.5),
    labels,
    imageSize,
    labelNames: classNames,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  });
const verifier = () => ({ model: other, identity: identity('b') });

const eventsOf = async (given: SynthesizeOptions): Promise<SynthesisEvent[]> => {
  const events: SynthesisEvent[] = [];
  await synthesize({ ...given, onEvent: (event) => events.push(event) });
  return events;
};

test.serial('a pool has whole batches of the images that were asked for', async (t) => {
  const directory = await temporaryFolder(t);
  const held = tf.memory().numTensors;
  const events = await eventsOf(options(directory, { images: 6, verifier: verifier() }));
  t.is(tf.memory().numTensors, held);
  const pool = await openPool(directory, { checkPixels: true });
  t.is(pool.entries.length, 8);
  t.is(pool.batches, 2);
  for (const { target, inverted, verified } of pool.entries) {
    t.true(target < 5 && inverted.top1 < 5 && inverted.confidence >= inverted.target);
    t.true(verified !== undefined && verified.confidence >= 0.2);
  }
  const [start, ...rest] = events;
  t.like(start, { type: 'start', batches: 0, images: 0, imagesPerBatch: 4 });
  t.deepEqual(
    rest.filter(({ type }) => type === 'batch').map((event) => 'images' in event && event.images),
    [4, 8],
  );
});

test.serial('what is saved is what the network was asked about', async (t) => {
  const directory = await temporaryFolder(t);
  await synthesize(options(directory, { images: 4 }));
  const pool = await openPool(directory);
  for (const entry of pool.entries) {
    const pixels = await pool.read(entry);
    const probability = tf.tidy(() => {
      const { mean, std } = network.spec;
      const image = tf.tensor4d(
        Float32Array.from(pixels, (byte, i) => (byte / 255 - mean[i % 3]) / std[i % 3]),
        [1, 8, 8, 3],
      );
      return tf.softmax(network.forward(image, { training: false }).logits).dataSync()[entry.target];
    });
    t.true(Math.abs(probability - entry.inverted.target) < 1e-5);
  }
});

test.serial('interrupted anywhere, it ends in the same files', async (t) => {
  const whole = await temporaryFolder(t);
  await synthesize(options(whole));
  const expected = await filesOf(whole);
  t.deepEqual(
    [...expected.keys()].filter((path) => path.endsWith('.safetensors') || path.endsWith('.lock')),
    [],
  );

  const directory = await temporaryFolder(t);
  for (const [batch, step] of [
    [0, 1],
    [0, 4],
    [1, 3],
  ]) {
    const controller = new AbortController();
    await t.throwsAsync(
      synthesize(
        options(directory, {
          saveEvery: 1,
          signal: controller.signal,
          onEvent: (event) => {
            if (event.type === 'step' && event.batch === batch && event.step >= step) controller.abort();
          },
        }),
      ),
      { code: 'KDX_INTERRUPTED' },
    );
    t.true(existsSync(join(directory, 'batches', `000${batch}.safetensors`)));
    await openPool(directory);
  }
  await synthesize(options(directory));
  t.deepEqual(await filesOf(directory), expected);
});

test.serial(
  'a damaged batch is made again, a damaged checkpoint begins its batch anew, and both are told',
  async (t) => {
    const directory = await temporaryFolder(t);
    await synthesize(options(directory));
    const expected = await filesOf(directory);
    const image = [...expected.keys()].find((path) => path.includes('0000-001')) as string;
    writeFileSync(join(directory, image), 'no image');
    writeFileSync(join(directory, 'batches', '0000.safetensors'), 'no checkpoint');
    const events = await eventsOf(options(directory));
    const [start] = events;
    t.deepEqual(start.type === 'start' && [...start.damaged.keys()], [0]);
    t.true(events.some(({ type }) => type === 'anew'));
    t.deepEqual(await filesOf(directory), expected);
  },
);

test.serial('an interrupt is heard where there is nothing to optimise', async (t) => {
  const directory = await temporaryFolder(t);
  const controller = new AbortController();
  await t.throwsAsync(
    noisePool(directory, {
      signal: controller.signal,
      onEvent: ({ type }) => type === 'batch' && controller.abort(),
    }),
    { code: 'KDX_INTERRUPTED', message: /between two batches/ },
  );
  t.is((await openPool(directory)).batches, 1);
});

test.serial('what a killed process left is removed', async (t) => {
  const directory = await temporaryFolder(t);
  await synthesize(options(directory));
  const expected = await filesOf(directory);
  for (const left of [
    'pool.json.tmp-12-0a1b2c3d',
    'batches/0001.json.tmp-12-0a1b2c3d',
    'images/000/.0000-000.png.tmp',
  ]) {
    writeFileSync(join(directory, left), 'half');
  }
  writeFileSync(join(directory, 'batches', '0001.safetensors'), 'of a batch that is whole');
  await synthesize(options(directory));
  t.deepEqual(await filesOf(directory), expected);
});

test.serial('a pool that is there grows, and is verified later', async (t) => {
  const directory = await temporaryFolder(t);
  await synthesize(options(directory, { images: 4 }));
  const before = await openPool(directory);
  const events = await eventsOf(options(directory, { verifier: verifier() }));
  t.deepEqual(
    events.filter(({ type }) => type === 'verified'),
    [{ type: 'verified', batch: 0 }],
  );
  const after = await openPool(directory);
  t.deepEqual(
    after.entries.slice(0, 4).map(({ sha256 }) => sha256),
    before.entries.map(({ sha256 }) => sha256),
  );
  t.true(after.entries.every(({ verified }) => verified !== undefined));
});

test.serial('names of classes that are known later make no other pool of it', async (t) => {
  const directory = await temporaryFolder(t);
  await noisePool(directory, { images: 4 });
  const { description } = await openPool(directory);
  await noisePool(directory, { classNames: ['cat', 'dog', 'owl', 'fox', 'cow'] });
  const pool = await openPool(directory);
  t.deepEqual(pool.description, description);
  t.is(pool.entries.length, 20);
});

test.serial('with a threshold only images count that the verifier knows', async (t) => {
  const directory = await temporaryFolder(t);
  await noisePool(directory, {
    images: 4,
    threshold: 0.2,
    verifier: verifier(),
    inverted: { model: network, identity: identity('a') },
  });
  const pool = await openPool(directory);
  t.true(pool.entries.filter(({ verified }) => (verified?.target ?? 0) >= 0.2).length >= 4);
  const none = await temporaryFolder(t);
  await t.throwsAsync(
    noisePool(none, {
      threshold: 0.999,
      verifier: verifier(),
      inverted: { model: network, identity: identity('a') },
    }),
    { code: 'KDX_SYNTH_FILTER', message: /--threshold 0\.999/ },
  );
  t.is((await openPool(none)).batches, 3);
});

test.serial('a pool that begins with images says so, and goes on with the same ones only', async (t) => {
  const directory = await temporaryFolder(t);
  // Noise, because a pool keeps each image once and these are all grey.
  const start = images(['a', 'b', 'c', 'd', 'e']);
  const settings = tinySettings({ phases: [], noise: 1 });
  await noisePool(directory, { images: 4, start, settings });
  t.is((await openPool(directory)).description.start, start.digest);
  await noisePool(directory, { images: 8, start, settings });
  await t.throwsAsync(noisePool(directory, { images: 12, settings }), {
    code: 'KDX_POOL_MISMATCH',
    message: /start/,
  });
  const named = tinySettings({
    phases: [],
    noise: 1,
    keep: 'best',
    l2Norm: 'image',
    schedule: 'cosine',
    pixelRange: [0, 1],
  });
  await t.notThrowsAsync(noisePool(directory, { images: 12, start, settings: named }));
});

test.serial('a pool that cannot grow any more is left as it is, with what to change', async (t) => {
  const directory = await temporaryFolder(t);
  await t.throwsAsync(noisePool(directory, { images: 4, start: images(['a', 'b', 'c', 'd', 'e']) }), {
    code: 'KDX_SYNTH_REPEATS',
    message:
      /stays at 1 of 4; ask for fewer with --images, or begin another pool \(--out\).*--start.*--set noise=1/,
  });
  t.is((await openPool(directory)).entries.length, 1);
});

test.serial('a pool that cannot grow still has its gaps closed', async (t) => {
  const directory = await temporaryFolder(t);
  const start = images(['a', 'b', 'c', 'd', 'e']);
  const grow = () => noisePool(directory, { images: 4, start });
  await t.throwsAsync(grow(), { code: 'KDX_SYNTH_REPEATS' });
  await t.throwsAsync(grow(), { code: 'KDX_SYNTH_REPEATS' });
  const whole = await filesOf(directory);
  for (const batch of [1, 2, 3, 4]) rmSync(batchPath(directory, batch), { recursive: true });
  await noisePool(directory, { images: 1, start });
  t.deepEqual(await filesOf(directory), whole);
});

test.serial('what decides the images cannot change', async (t) => {
  const directory = await temporaryFolder(t);
  await noisePool(directory, { images: 4 });
  for (const change of [
    { seed: 1 },
    { settings: tinySettings() },
    { inverted: { model: network, identity: identity('c') } },
    { classes: [0, 1, 2] },
  ]) {
    await t.throwsAsync(noisePool(directory, change), { code: 'KDX_POOL_MISMATCH' });
  }
});

test.serial('what cannot be asked for is refused before anything is written', async (t) => {
  const directory = await temporaryFolder(t);
  const small = { model: await tinyNetwork(), identity: identity('d') };
  const refuse = (over: Partial<SynthesizeOptions>, code: string, message: RegExp) =>
    t.throwsAsync(noisePool(directory, over), { code, message });
  await refuse({ classes: [1, 5] }, 'KDX_SYNTH_CLASSES', /classes 0 to 4/);
  await refuse({ classes: [1, 1] }, 'KDX_SYNTH_CLASSES', /different/);
  await refuse({ threshold: 0.5 }, 'KDX_SYNTH_VERIFIER', /--verify/);
  await refuse(
    { verifier: { model: other, identity: identity('a') } },
    'KDX_SYNTH_VERIFIER',
    /the inverted network itself/,
  );
  const settings = tinySettings();
  await refuse(
    { settings: tinySettings({ classesPerBatch: 6 }) },
    'KDX_SYNTH_CLASSES',
    /--set classesPerBatch=5/,
  );
  await refuse(
    { settings: { ...settings, divergence: { ...settings.divergence, kind: 'adi' } } },
    'KDX_SYNTH_COMPETITOR',
    /--compete/,
  );
  const vit = await model('vit_tiny_patch16_224?img=8&patch=4&dim=8&depth=1&heads=1').build({
    classes: 5,
    imageSize: [8, 8, 3],
  });
  await refuse(
    { inverted: { model: vit, identity: identity('e') }, settings },
    'KDX_INVERT_NO_BATCH_NORM',
    /--set weights\.batchNorm=0/,
  );
  vit.dispose();
  const names = ['a', 'b', 'c', 'd', 'e'];
  const swapped = ['b', 'a', 'c', 'd', 'e'];
  const named = { model: network, identity: identity('a'), classNames: names };
  const theirs = { model: other, identity: identity('b'), classNames: swapped };
  const order = /class 0 is "b" there and "a" here/;
  await refuse({ inverted: named, verifier: theirs }, 'KDX_SYNTH_CLASSES', order);
  await refuse({ inverted: named, classNames: swapped }, 'KDX_SYNTH_CLASSES', order);
  await refuse({ inverted: named, start: images(swapped) }, 'KDX_SYNTH_CLASSES', order);
  await refuse({ start: images(names, [4, 4, 3]) }, 'KDX_SYNTH_START', /4×4×3.*takes 8×8×3/);
  await refuse(
    { start: images(names, [8, 8, 3], [0, 1, 2, 3]) },
    'KDX_SYNTH_START',
    /no training image of class 4/,
  );
  const shrinking = [2, 1, 2].map((scale) => ({ iterations: 1, scale: scale as 1 | 2 }));
  for (const phases of [shrinking, shrinking.slice(0, 1)]) {
    const upsampled = tinySettings({ phases, resolution: 'upsample' });
    await refuse({ settings: upsampled }, 'KDX_SYNTH_PHASES', /end with scale 1.*--set resolution=pool/);
  }
  const { spec } = small.model;
  Object.defineProperty(small.model, 'spec', { value: { ...spec, classes: 7 } });
  await refuse({ verifier: small }, 'KDX_SYNTH_NETWORK', /--verify .*7 classes/);
  small.model.dispose();
  t.false(existsSync(directory));
  mkdirSync(directory);
  writeFileSync(join(directory, 'thesis.tex'), '');
  await refuse({}, 'KDX_SYNTH_OUT', /other things/);
});

test.serial('a damaged batch is made again though the pool has images enough', async (t) => {
  const directory = await temporaryFolder(t);
  await eventsOf(options(directory, { images: 16 }));
  const whole = await filesOf(directory);
  writeFileSync(join(directory, 'batches', '0001.json'), '{"x"');
  await eventsOf(options(directory, { images: 1 }));
  t.deepEqual(await filesOf(directory), whole);
});

test.serial(
  'a checkpoint in a folder without a pool is of nobody knows what, and is not gone on with',
  async (t) => {
    const [directory, clean] = [await temporaryFolder(t), await temporaryFolder(t)];
    const settings = tinySettings({ phases: [{ iterations: 3, scale: 1 }] });
    const controller = new AbortController();
    const begun = options(directory, { settings, seed: 7, saveEvery: 1, signal: controller.signal });
    const stop = (event: SynthesisEvent) => event.type === 'step' && controller.abort();
    await t.throwsAsync(synthesize({ ...begun, onEvent: stop }), { code: 'KDX_INTERRUPTED' });
    t.true(existsSync(join(directory, 'batches', '0000.safetensors')));
    rmSync(join(directory, 'pool.json'));
    const events = await eventsOf(options(directory, { settings }));
    t.false(events.some(({ type }) => type === 'resumed'));
    await eventsOf(options(clean, { settings }));
    t.deepEqual(await filesOf(directory), await filesOf(clean));
  },
);

test.serial('images of a JPEG pool are scored as they were saved, whenever that is', async (t) => {
  const [now, later] = [await temporaryFolder(t), await temporaryFolder(t)];
  const jpeg = { imageFormat: { type: 'jpeg', quality: 5 } } as const;
  await eventsOf(options(now, { ...jpeg, verifier: verifier() }));
  await eventsOf(options(later, jpeg));
  await eventsOf(options(later, { ...jpeg, verifier: verifier() }));
  t.deepEqual(await filesOf(later), await filesOf(now));
});
