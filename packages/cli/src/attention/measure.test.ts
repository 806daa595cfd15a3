import { type Model } from '@kdx/core';
import { drawSample } from '@kdx/core/run';
import { fromArrays } from '@kdx/data';
import { attentionDistances, model } from '@kdx/models';
import { evenDistance } from '@kdx/report';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { measureAttention } from './measure.js';

const SIZE = [12, 8, 3] as const;
const PIXELS = SIZE[0] * SIZE[1] * SIZE[2];
const COUNT = 7;
/** In [0, 1], another one everywhere. */
const IMAGES = Float32Array.from({ length: COUNT * PIXELS }, (_, k) => (k * 0.6180339887) % 1);
const MEAN = [0.5, 0.4, 0.3];
const STD = [0.25, 0.5, 0.2];

test.before(() => tf.setBackend('cpu'));

const vit = async (name = 'vit_tiny_patch16_224', scale = 20): Promise<Model> => {
  const built = await model(`${name}?patch=4&dim=16&depth=3&heads=2&img=12x8`).build({
    classes: 5,
    mean: MEAN,
    std: STD,
  });
  // Initial weights attend evenly; larger ones look at the image.
  for (const [key, { variable }] of built.parameters) {
    if (key.endsWith('qkv.weight')) tf.tidy(() => variable.assign(tf.mul(variable, scale)));
  }
  return built;
};

const split = {
  length: COUNT,
  labels: new Array<number>(COUNT).fill(0),
  read: (index: number, out: Float32Array) => out.set(IMAGES.subarray(index * PIXELS, (index + 1) * PIXELS)),
};

const gap = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, k) => Math.abs(value - b[k])));

test('each model is measured on the same images, normalised for it, in whatever batches', async (t) => {
  const models = await Promise.all([vit(), vit('deit_tiny_distilled_patch16_224')]);
  const measured = await measureAttention(models, split, { imageSize: SIZE, images: 5, batch: 2 });
  const pixels = Array.from(drawSample(split, 5).indices, (index) => [
    ...IMAGES.subarray(index * PIXELS, (index + 1) * PIXELS),
  ]).flat();
  const normalised = pixels.map((x, k) => (x - MEAN[k % 3]) / STD[k % 3]);
  for (const [index, each] of models.entries()) {
    const expected = await attentionDistances(each, tf.tensor4d(normalised, [5, ...SIZE]));
    t.deepEqual([measured[index].length, measured[index][0].length], [3, 2]);
    t.true(gap(measured[index].flat(), expected.flat()) < 1e-5);
    each.dispose();
  }
  t.true(gap(measured[0].flat(), measured[1].flat()) > 1e-3);
});

test('heads that attend evenly have the distance of the grid, less what special tokens get', async (t) => {
  for (const [name, tokens] of [
    ['vit_tiny_patch16_224', 1],
    ['deit_tiny_distilled_patch16_224', 2],
  ] as const) {
    const even = await vit(name, 0);
    const options = { imageSize: SIZE, images: COUNT };
    const [plain] = await measureAttention([even], split, options);
    const [whole] = await measureAttention([even], split, { ...options, renormalize: true });
    const distance = evenDistance([3, 2]);
    for (const head of plain.flat()) t.true(Math.abs(head - (distance * 6) / (6 + tokens)) < 1e-5, name);
    for (const head of whole.flat()) t.true(Math.abs(head - distance) < 1e-5, name);
    even.dispose();
  }
});

test('images of a data source, all of them where more are asked for, each told of once', async (t) => {
  const { train } = fromArrays({
    images: IMAGES,
    labels: [0, 1, 2, 3, 4, 0, 1],
    imageSize: SIZE,
    labelNames: ['a', 'b', 'c', 'd', 'e'],
  });
  const one = await vit();
  const done: string[] = [];
  const [all] = await measureAttention([one], train, {
    imageSize: SIZE,
    images: 512,
    batch: 3,
    onProgress: (count, total) => done.push(`${count}/${total}`),
  });
  const [seven] = await measureAttention([one], split, { imageSize: SIZE, images: 7 });
  t.true(gap(all.flat(), seven.flat()) < 1e-5);
  t.deepEqual(done, ['3/7', '6/7', '7/7']);
  one.dispose();
});

test.serial('measuring leaves no tensor behind', async (t) => {
  const one = await vit();
  one.taps();
  const { numTensors } = tf.memory();
  await measureAttention([one], split, { imageSize: SIZE, images: 4, batch: 3 });
  t.is(tf.memory().numTensors, numTensors);
  one.dispose();
});

test('weights that have diverged are told, not averaged', async (t) => {
  const one = await vit();
  const { variable } = one.parameters.get('blocks.1.attn.qkv.weight')!;
  tf.tidy(() => variable.assign(tf.fill(variable.shape, Number.NaN)));
  await t.throwsAsync(measureAttention([one], split, { imageSize: SIZE, images: 2 }), {
    code: 'KDX_NON_FINITE',
    message: /"vit_tiny_patch16_224\?.*not a number in block 1;/,
  });
  one.dispose();
});
