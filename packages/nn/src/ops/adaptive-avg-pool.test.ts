import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { adaptiveAvgPool, avgPool } from '../index.js';
import { checkGradients, values } from '../testing/gradients.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

/** Loops over PyTorch's documented windows. */
function byLoops(x: tf.Tensor4D, [h, w]: [number, number]): number[] {
  const values = x.arraySync();
  const [, H, W, C] = x.shape;
  return values.flatMap((image) =>
    Array.from({ length: h * w * C }, (_, at) => {
      const [i, j, c] = [Math.floor(at / (w * C)), Math.floor(at / C) % w, at % C];
      let [sum, count] = [0, 0];
      for (let row = Math.floor((i * H) / h); row < Math.ceil(((i + 1) * H) / h); row++)
        for (let column = Math.floor((j * W) / w); column < Math.ceil(((j + 1) * W) / w); column++) {
          sum += image[row][column][c];
          count += 1;
        }
      return sum / count;
    }),
  );
}

const images = (shape: [number, number, number, number]): tf.Tensor4D =>
  tf.randomNormal(shape, 0, 1, 'float32', 7);
const gap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

test('windows that divide, overlap, or repeat are those of loops', (t) => {
  for (const [shape, size] of [
    [
      [2, 8, 6, 3],
      [4, 2],
    ],
    [
      [2, 7, 5, 3],
      [3, 2],
    ],
    [
      [1, 17, 9, 2],
      [9, 5],
    ],
    [
      [2, 3, 2, 2],
      [5, 4],
    ],
    [
      [1, 4, 4, 1],
      [1, 1],
    ],
  ] as [[number, number, number, number], [number, number]][]) {
    const x = images(shape);
    const y = adaptiveAvgPool(x, size);
    t.deepEqual(y.shape, [shape[0], ...size, shape[3]]);
    t.true(gap(y.dataSync(), byLoops(x, size)) < 1e-6, `${shape} → ${size}`);
  }
});

test('what has the size is left alone, and even windows are an average pool', (t) => {
  const x = images([1, 4, 4, 2]);
  t.is(adaptiveAvgPool(x, [4, 4]), x);
  t.deepEqual(adaptiveAvgPool(x, [2, 2]).dataSync(), avgPool(x, 2).dataSync());
});

test('its gradient is that of finite differences and of window by window means where windows overlap', (t) => {
  const windows = (length: number, out: number): [start: number, size: number][] =>
    Array.from({ length: out }, (_, i) => {
      const start = Math.floor((i * length) / out);
      return [start, Math.ceil(((i + 1) * length) / out) - start];
    });
  const plain = (x: tf.Tensor): tf.Tensor =>
    tf.stack(
      windows(5, 3).map(([row, rows]) =>
        tf.stack(
          windows(3, 2).map(([column, columns]) =>
            tf.mean(tf.slice(x, [0, row, column, 0], [1, rows, columns, 2]), [1, 2]),
          ),
          1,
        ),
      ),
      1,
    );
  checkGradients(t, (x) => adaptiveAvgPool(x as tf.Tensor4D, [3, 2]), plain, [values([1, 5, 3, 2])]);
});

test('a size of nothing is refused', (t) => {
  t.throws(() => adaptiveAvgPool(images([1, 4, 4, 1]), [0, 2]), { code: 'KDX_SHAPE' });
});
