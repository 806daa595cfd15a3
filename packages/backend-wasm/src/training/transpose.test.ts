import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { onWasm, random, sameAsCpu } from '../testing/against-cpu.js';

/** All orders of the axes 0 … rank − 1. */
function orders(rank: number): number[][] {
  if (rank === 0) return [[]];
  return orders(rank - 1).flatMap((order) =>
    Array.from({ length: rank }, (_, at) => [...order.slice(0, at), rank - 1, ...order.slice(at)]),
  );
}

test('every order of up to five axes, of odd lengths and of length 1', async (t) => {
  for (const shape of [[7], [5, 9], [3, 1, 5], [2, 5, 3, 7], [2, 3, 4, 1, 5], [3, 2, 3, 4, 8]]) {
    await sameAsCpu(t, `[${shape}]`, () => {
      const x = random(shape);
      return orders(shape.length).map((perm) => tf.transpose(x, perm));
    });
  }
});

test('planes larger than a tile, and six axes', async (t) => {
  await sameAsCpu(t, 'large', () => [
    tf.transpose(random([131, 67])),
    tf.transpose(random([2, 70, 3, 66]), [3, 2, 0, 1]),
    tf.transpose(random([2, 3, 2, 3, 2, 5]), [0, 3, 1, 4, 2, 5]),
    tf.transpose(random([2, 3, 2, 3, 2, 5]), [5, 3, 1, 4, 2, 0]),
  ]);
});

test('integers, booleans and empty tensors', async (t) => {
  await sameAsCpu(t, 'types', () => {
    const integers = tf.cast(tf.mul(random([3, 4, 5]), 100), 'int32');
    return [
      tf.transpose(integers, [2, 0, 1]),
      tf.transpose(integers, [1, 0, 2]),
      tf.transpose(tf.greater(random([3, 4, 5]), 0), [2, 0, 1]),
      tf.transpose(tf.greater(random([3, 4, 5]), 0), [1, 0, 2]),
      tf.transpose(tf.zeros([3, 0, 2]), [2, 0, 1]),
      tf.transpose(tf.zeros([2, 0, 2]), [1, 0, 2]),
    ];
  });
});

test('a tensor that shares storage with its transpose outlives it, and the other way round', async (t) => {
  await onWasm(() => {
    const before = tf.memory().numTensors;
    const x = tf.tensor2d([[1, 2, 3]]);
    const y = tf.transpose(x);
    x.dispose();
    t.deepEqual([...y.dataSync()], [1, 2, 3]);
    const z = tf.transpose(y);
    y.dispose();
    t.deepEqual([...z.dataSync()], [1, 2, 3]);
    z.dispose();
    t.is(tf.memory().numTensors, before);
  });
});

test('unstacking along every axis, of all types, and its gradient', async (t) => {
  for (const axis of [0, 1, 2, 3, -1]) {
    await sameAsCpu(t, `axis ${axis}`, () => {
      const x = random([3, 2, 5, 4]);
      const [first] = tf.unstack(x, axis);
      return [
        ...tf.unstack(x, axis),
        ...tf.unstack(tf.cast(tf.mul(x, 100), 'int32'), axis),
        ...tf.unstack(tf.greater(x, 0), axis),
        tf.grad((y: tf.Tensor) => tf.sum(tf.mul(tf.unstack(y, axis)[1], first)))(x),
      ];
    });
  }
  await sameAsCpu(t, 'small', () => [
    ...tf.unstack(random([3])),
    ...tf.unstack(tf.zeros([2, 0])),
    ...tf.unstack(random([1, 7])),
  ]);
});
