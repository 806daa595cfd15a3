import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { PixelRange } from './pixel-range.js';
import { drawView, enlarge, look } from './views.js';

test.before(() => tf.setBackend('cpu'));

const grid = (rows: number[][]): tf.Tensor4D => tf.tensor4d(rows.flat(), [1, rows.length, rows[0].length, 1]);
const rowsOf = (x: tf.Tensor4D): number[][] => (tf.squeeze(x, [0, 3]) as tf.Tensor2D).arraySync();
const still = { roll: [0, 0], mirrored: false, pool: 1 } as const;

test('G15: a roll goes round, down and to the right', (t) => {
  const rolled = look(
    grid([
      [0, 1, 2],
      [3, 4, 5],
    ]),
    { ...still, roll: [1, -1] },
  );
  t.deepEqual(rowsOf(rolled), [
    [4, 5, 3],
    [1, 2, 0],
  ]);
  t.deepEqual(rowsOf(look(grid([[0, 1, 2]]), { ...still, roll: [3, 7] })), [[2, 0, 1]]);
});

test('G15: a 2×2 pool is the mean of four', (t) => {
  const counted = grid([0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => 4 * row + column)));
  t.deepEqual(rowsOf(look(counted, { ...still, pool: 2 })), [
    [2.5, 4.5],
    [10.5, 12.5],
  ]);
});

test('a mirror swaps left and right after the roll', (t) => {
  t.deepEqual(rowsOf(look(grid([[0, 1, 2]]), { roll: [0, 1], mirrored: true, pool: 1 })), [[1, 0, 2]]);
});

test('the gradient of a view is the view backwards', (t) => {
  const images = grid([
    [1, 2],
    [3, 4],
  ]);
  const weights = grid([
    [10, 20],
    [30, 40],
  ]);
  const gradient = tf.grad((x) =>
    tf.sum(tf.mul(look(x as tf.Tensor4D, { roll: [0, 1], mirrored: false, pool: 1 }), weights)),
  );
  t.deepEqual(rowsOf(gradient(images) as tf.Tensor4D), [
    [20, 10],
    [40, 30],
  ]);
});

test('views are drawn from a key, within the jitter, mirrored half of the time', (t) => {
  const drawn = Array.from({ length: 2000 }, (_, i) =>
    drawView(keyedRng(1, 'view', i), { jitter: 2, flip: 0.5, pool: 1 }),
  );
  t.deepEqual(
    [...new Set(drawn.flatMap(({ roll }) => roll))].sort((a, b) => a - b),
    [-2, -1, 0, 1, 2],
  );
  const mirrored = drawn.filter((view) => view.mirrored).length;
  t.true(mirrored > 900 && mirrored < 1100, String(mirrored));
  t.deepEqual(drawView(keyedRng(1, 'view', 7), { jitter: 2, flip: 0.5, pool: 1 }), drawn[7]);
  t.deepEqual(drawView(keyedRng(1, 'view', 7), { jitter: 0, flip: 0, pool: 2 }), { ...still, pool: 2 });
});

test('an enlarged image has each pixel four times', (t) => {
  t.deepEqual(rowsOf(enlarge(grid([[1, 2]]))), [
    [1, 1, 2, 2],
    [1, 1, 2, 2],
  ]);
});

test('G15: the range of ImageNet’s pixels', async (t) => {
  const range = new PixelRange({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  const clamped = (value: number) => range.clamp(tf.fill([1, 1, 1, 3], value) as tf.Tensor4D).dataSync();
  for (const [value, expected] of [
    [-9, [-2.11790393, -2.03571429, -1.80444444]],
    [9, [2.2489083, 2.42857143, 2.64]],
  ] as const) {
    clamped(value).forEach((found, c) => {
      t.true(Math.abs(found - expected[c]) < 1e-6, `${found}`);
    });
  }
  const ends = await range.toHost(tf.tensor4d([-9, 0, 9], [1, 1, 1, 3]));
  t.deepEqual(
    [...ends].map((x) => x.toFixed(3)),
    ['0.000', '0.456', '1.000'],
  );
});
