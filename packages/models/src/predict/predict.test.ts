import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { model, type PredictImages, predict, saveWeights } from '../index.js';

await tf.setBackend('cpu');

const [H, W, C] = [8, 8, 3];
const SIZE = H * W * C;
const MEAN = [0.2, 0.5, 0.7];
const STD = [0.1, 0.2, 0.4];
const NAME = 'convnet?width=4&stages=1&img=8';
const build = () => model(NAME).build({ classes: 4, seed: 3, mean: MEAN, std: STD });

const rng = keyedRng(5, 'predict');
const BYTES = Uint8Array.from({ length: 5 * SIZE }, () => rng.integer(256));
const FLOATS = Float32Array.from(BYTES, (byte) => byte / 255);

/** By hand: the images normalised value by value, one forward, softmax. */
async function expected(subject: Awaited<ReturnType<typeof build>>): Promise<number[][]> {
  const normalised = FLOATS.map((x, i) => (x - MEAN[i % C]) / STD[i % C]);
  const logits = tf.tidy(() =>
    subject.forward(tf.tensor4d(normalised, [5, H, W, C]), { training: false }).logits.clone(),
  );
  const rows = await logits.array();
  logits.dispose();
  return rows.map((row) => {
    const powers = row.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  });
}

test.serial(
  'images as bytes, floats, tensors and decoded images give the probabilities of normalised images',
  async (t) => {
    const subject = await build();
    const right = await expected(subject);
    const image = (i: number, data: Float32Array | Uint8Array) => ({
      height: H,
      width: W,
      channels: C,
      data: data.slice(i * SIZE, (i + 1) * SIZE),
    });
    const [float4, int4] = [tf.tensor4d(FLOATS, [5, H, W, C]), tf.tensor4d(BYTES, [5, H, W, C], 'int32')];
    const forms: Record<string, PredictImages> = {
      bytes: BYTES,
      clamped: Uint8ClampedArray.from(BYTES),
      floats: FLOATS,
      'float tensor': float4,
      'int tensor': int4,
      decoded: [0, 1, 2, 3, 4].map((i) => image(i, i % 2 === 0 ? FLOATS : BYTES)),
    };
    const before = tf.memory().numTensors;
    for (const [form, images] of Object.entries(forms)) {
      for (const batch of [2, 64]) {
        const found = await predict(subject, images, { batch });
        t.is(found.length, 5, form);
        found.forEach(({ probabilities, top }, i) => {
          probabilities.forEach((p, k) => {
            t.true(Math.abs(p - right[i][k]) < 1e-5, `${form} image ${i}: ${p} for ${right[i][k]}`);
          });
          const best = [...right[i].keys()].sort((a, b) => right[i][b] - right[i][a]);
          t.deepEqual(
            top.map(({ index }) => index),
            best,
          );
          t.false('className' in top[0]);
        });
      }
    }
    t.is(tf.memory().numTensors, before, 'nothing is left on the back end');
    const one = await predict(subject, image(3, BYTES), { topK: 1 });
    t.is(one.length, 1);
    t.is(one[0].top.length, 1);
    t.true(Math.abs(one[0].top[0].probability - Math.max(...right[3])) < 1e-5);
    const third = tf.tensor3d(FLOATS.slice(0, SIZE), [H, W, C]);
    t.deepEqual(
      (await predict(subject, third))[0].probabilities,
      (await predict(subject, FLOATS))[0].probabilities,
    );
    tf.dispose([float4, int4, third]);
    subject.dispose();
  },
);

test('class names and head rule are those of the weights file, and can be said', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-predict-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 's.safetensors');
  const name = 'deit_tiny_distilled_patch16_224?img=8&patch=4&dim=8&depth=1&heads=1';
  const made = await model(name).build({ classes: 3, seed: 1 });
  const names = ['ant', 'bee', 'cat'];
  await saveWeights(made, file, { classNames: names, headRule: 'distillation' });
  const loaded = await model(`${name}@${file}`).build({});
  const images = FLOATS.slice(0, SIZE);
  const [byFile] = await predict(loaded, images);
  t.deepEqual(
    byFile.top.map(({ className }) => className),
    byFile.top.map(({ index }) => names[index]),
  );
  const [said] = await predict(made, images, { headRule: 'distillation', classNames: ['x', 'y', 'z'] });
  t.deepEqual(said.probabilities, byFile.probabilities);
  t.is(said.top[0].className, ['x', 'y', 'z'][said.top[0].index]);
  const [usual] = await predict(made, images);
  t.notDeepEqual(usual.probabilities, byFile.probabilities, 'the mean of the heads');
  made.dispose();
  loaded.dispose();
});

const image = (height: number, width: number, channels: number) => ({
  height,
  width,
  channels,
  data: new Float32Array(height * width * channels),
});
const changed = (place: number, value: number) => {
  const images = FLOATS.slice();
  images[place] = value;
  return images;
};
const refused: readonly [what: string, images: () => unknown, code: string, says: RegExp][] = [
  ['NaN', () => changed(SIZE + 7, Number.NaN), 'RANGE', /^Image 1 has the value NaN at place 7,/],
  [
    'infinity',
    () => changed(3, Number.POSITIVE_INFINITY),
    'RANGE',
    /^Image 0 has the value Infinity at place 3,/,
  ],
  [
    'floats to 255',
    () => Float32Array.from(BYTES),
    'RANGE',
    /give bytes from 0 to 255 as a Uint8Array, or divide/,
  ],
  [
    'normalised floats',
    () => FLOATS.map((x) => (x - 0.5) / 0.25),
    'RANGE',
    /leave the normalisation out, predict\(\) does it/,
  ],
  ['no image', () => new Float32Array(0), 'SIZE', /at least one/],
  ['an empty list', () => [], 'SIZE', /at least one/],
  [
    'half an image',
    () => FLOATS.slice(0, SIZE + 5),
    'SIZE',
    /have 197 values and one image of the model has 192/,
  ],
  ['another size', () => image(16, 16, 3), 'SIZE', /Image 0 is \[16, 16, 3\].*scale them to 8 × 8 pixels/],
  [
    'grey',
    () => [image(8, 8, 3), image(8, 8, 1)],
    'SIZE',
    /Image 1 is \[8, 8, 1\].*decode them with 3 channels/,
  ],
  [
    'a decoded image of fewer values',
    () => ({ ...image(8, 8, 3), data: new Uint8Array(5) }),
    'SIZE',
    /Image 0/,
  ],
  ['channels first', () => tf.zeros([2, 3, 8, 8]), 'SIZE', /\[2, 3, 8, 8\].*put the channels last/],
  ['a vector', () => tf.zeros([192]), 'SIZE', /\[192\]/],
  ['a tensor of truth values', () => tf.zeros([1, 8, 8, 3], 'bool'), 'IMAGES', /a tensor of bool/],
  ['int32 above 255', () => tf.fill([1, 8, 8, 3], 300, 'int32'), 'IMAGES', /the value 300/],
  ['a tensor of NaN', () => tf.fill([1, 8, 8, 3], Number.NaN), 'RANGE', /NaN/],
  ['a path', () => 'cat.png', 'IMAGES', /read a file with decodeImage first/],
  ['numbers', () => [0, 0.5], 'IMAGES', /a list with 0 at place 0/],
  ['doubles', () => new Float64Array(SIZE), 'IMAGES', /got a Float64Array/],
  ['16 bits', () => new Uint16Array(SIZE), 'IMAGES', /got an? Uint16Array/],
  ['nothing', () => undefined, 'IMAGES', /got undefined/],
  ['null', () => null, 'IMAGES', /got null/],
  ['an object', () => ({ data: FLOATS }), 'IMAGES', /got an Object/],
];
for (const [what, images, code, message] of refused) {
  test(`${what} is refused before the network sees it`, async (t) => {
    const subject = await build();
    await t.throwsAsync(predict(subject, images() as PredictImages), {
      code: `KDX_PREDICT_${code}`,
      message,
    });
    subject.dispose();
  });
}

test('options out of range are refused', async (t) => {
  const subject = await build();
  for (const options of [{ topK: 0 }, { topK: 5 }, { topK: 1.5 }, { batch: 0 }, { classNames: ['a'] }]) {
    await t.throwsAsync(predict(subject, FLOATS, options), { code: 'KDX_PREDICT_OPTIONS' });
  }
  await t.throwsAsync(predict(subject, FLOATS, { headRule: 'distillation' }), { code: 'KDX_HEAD_MISSING' });
  subject.dispose();
});
