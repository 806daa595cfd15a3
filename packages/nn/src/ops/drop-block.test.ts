import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { close } from '../testing/gradients.js';
import { dropBlock } from './drop-block.js';

test.before(() => tf.setBackend('cpu'));

const ones = (...shape: [number, number, number, number]) => tf.ones(shape) as tf.Tensor4D;
const run = (x: tf.Tensor4D, rate: number, size: number, seed = 1) =>
  dropBlock(x, { rate, size }, keyedRng(seed, 'mask'));

test('what is dropped are whole blocks, about as much as the rate says, and the sum stays', (t) => {
  const y = run(ones(16, 16, 16, 8), 0.1, 3);
  const values = [...y.dataSync()];
  const kept = values.filter((value) => value !== 0);
  // Blocks overlap, so a little less than the rate.
  const dropped = 1 - kept.length / values.length;
  t.true(dropped > 0.07 && dropped < 0.11, String(dropped));
  t.true(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length - 1) < 1e-3);
  t.is(new Set(kept).size, 1);

  // Every zero is part of a 3×3 square of zeros.
  const maps = y.arraySync();
  const isZero = (b: number, h: number, w: number, c: number): boolean => maps[b][h]?.[w]?.[c] === 0;
  const near = [-2, -1, 0];
  const inSquare = (b: number, h: number, w: number, c: number): boolean =>
    near.some((top) =>
      near.some((left) =>
        [0, 1, 2].every((i) => [0, 1, 2].every((j) => isZero(b, h + top + i, w + left + j, c))),
      ),
    );
  for (let b = 0; b < 2; b++)
    for (let h = 0; h < 16; h++)
      for (let w = 0; w < 16; w++) if (isZero(b, h, w, 0)) t.true(inSquare(b, h, w, 0), `${b} ${h} ${w}`);
});

test('the same key drops the same, and gradients pass where values do', (t) => {
  const x = ones(2, 8, 8, 4);
  t.deepEqual(run(x, 0.2, 3).dataSync(), run(x, 0.2, 3).dataSync());
  t.notDeepEqual(run(x, 0.2, 3).dataSync(), run(x, 0.2, 3, 2).dataSync());
  close(t, tf.grad((v) => run(v as tf.Tensor4D, 0.2, 3).sum())(x), run(x, 0.2, 3));
});

test('a map smaller than a block is dropped as a whole, and rate 0 drops nothing', (t) => {
  const y = run(ones(40, 4, 4, 5), 0.5, 7).arraySync();
  const cells = y.flatMap((image) =>
    [0, 1, 2, 3, 4].map((c) => image.flatMap((row) => row.map((at) => at[c]))),
  );
  t.true(cells.every((cell) => new Set(cell).size === 1));
  const gone = cells.filter(([first]) => first === 0).length / cells.length;
  t.true(gone > 0.4 && gone < 0.6, String(gone));
  t.true(
    run(ones(1, 8, 8, 2), 0, 3)
      .dataSync()
      .every((value) => value === 1),
  );
});

test('an impossible rate or size is refused', (t) => {
  t.throws(() => run(ones(1, 4, 4, 1), 1, 3), { code: 'KDX_RANGE' });
  t.throws(() => run(ones(1, 4, 4, 1), 0.1, 0), { code: 'KDX_RANGE' });
});
