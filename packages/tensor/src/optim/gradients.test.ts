import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { CLIP_GRADIENTS, type ClipGradientsAttributes } from '../kernels/contract.js';
import { GradientAccumulator } from './accumulate.js';
import { clipByGlobalNorm } from './clip.js';

await tf.setBackend('cpu');

const numbers = (tensor: tf.Tensor | undefined) => [...(tensor?.dataSync() ?? [])];

test.serial('a norm above the limit scales all gradients together', (t) => {
  const before = tf.memory().numTensors;
  const gradients = new Map([
    ['a', tf.tensor1d([3, 0]) as tf.Tensor],
    ['b', tf.tensor2d([[4]])],
  ]);
  const clipped = clipByGlobalNorm(gradients, 1);
  t.is(clipped.norm.dataSync()[0], 5);
  const factor = 1 / (5 + 1e-6);
  t.true(Math.abs(numbers(clipped.gradients.get('a'))[0] - 3 * factor) < 1e-7);
  t.true(Math.abs(numbers(clipped.gradients.get('b'))[0] - 4 * factor) < 1e-7);
  t.deepEqual(clipped.gradients.get('b')?.shape, [1, 1]);
  t.deepEqual(numbers(gradients.get('a')), [3, 0], 'the originals stay');
  tf.dispose([clipped.norm, ...clipped.gradients.values(), ...gradients.values()]);
  t.is(tf.memory().numTensors, before);
});

test.serial('a norm below the limit leaves them as they are', (t) => {
  tf.tidy(() => {
    const { gradients, norm } = clipByGlobalNorm(new Map([[1, tf.tensor1d([0.3, 0.4])]]), 1);
    t.true(Math.abs(norm.dataSync()[0] - 0.5) < 1e-7);
    t.deepEqual(numbers(gradients.get(1)), numbers(tf.tensor1d([0.3, 0.4])));
  });
});

test.serial('no gradients have the norm 0, and a NaN is not hidden', (t) => {
  tf.tidy(() => {
    t.is(clipByGlobalNorm(new Map(), 1).norm.dataSync()[0], 0);
    const { gradients, norm } = clipByGlobalNorm(new Map([[1, tf.tensor1d([Number.NaN, 1])]]), 1);
    t.is(norm.dataSync()[0], Number.NaN);
    t.deepEqual(numbers(gradients.get(1)), [Number.NaN, Number.NaN]);
  });
});

test.serial('gradients add up, weighted, and a key that is missing once counts as zero', (t) => {
  const before = tf.memory().numTensors;
  const accumulator = new GradientAccumulator<string>();
  for (let round = 0; round < 2; round += 1) {
    tf.tidy(() => {
      accumulator.add(new Map([['a', tf.tensor1d([1, 2])]]), 3);
      accumulator.add(
        new Map([
          ['a', tf.tensor1d([5, 6])],
          ['b', tf.tensor1d([8])],
        ]),
        1,
      );
    });
    const taken = accumulator.take({ average: round === 1 });
    const scale = round === 1 ? 4 : 1;
    t.deepEqual(numbers(taken.get('a')), [8 / scale, 12 / scale]);
    t.deepEqual(numbers(taken.get('b')), [8 / scale]);
    tf.dispose([...taken.values()]);
  }
  t.is(accumulator.take().size, 0);
  tf.tidy(() => accumulator.add(new Map([['a', tf.tensor1d([1])]])));
  accumulator.dispose();
  t.is(tf.memory().numTensors, before);
});

test.serial("a back end's kernel clips in place, and a gradient that two share only once", (t) => {
  const { data } = tf.backend() as unknown as { data: { get(id: object): { values: Float32Array } } };
  tf.registerKernel({
    kernelName: CLIP_GRADIENTS,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      const { count, maxNorm } = attrs as unknown as ClipGradientsAttributes;
      const lists = Array.from({ length: count }, (_, i) => data.get(inputs[i]!.dataId).values);
      const norm = Math.hypot(...lists.flatMap((values) => [...values]));
      for (const values of lists)
        for (let i = 0; i < values.length; i += 1) values[i] *= Math.min(1, maxNorm / (norm + 1e-6));
      return [tf.scalar(norm)];
    },
  });
  try {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const shared = tf.tensor1d([2, 2]);
      const alone = tf.tensor2d([[1]]);
      const gradients = new Map<string, tf.Tensor>([
        ['a', shared],
        ['b', tf.reshape(shared, [2, 1])],
        ['c', alone],
      ]);
      const clipped = clipByGlobalNorm(gradients, 1.7);
      t.true(Math.abs(clipped.norm.dataSync()[0] - Math.sqrt(17)) < 1e-6);
      const factor = 1.7 / (Math.sqrt(17) + 1e-6);
      for (const [name, value] of [
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ] as const)
        for (const number of numbers(clipped.gradients.get(name)))
          t.true(Math.abs(number - value * factor) < 1e-6);
      t.is(clipped.gradients.get('c'), alone, 'in place');
      t.is(clipByGlobalNorm(new Map(), 1).norm.dataSync()[0], 0);
    });
    t.is(tf.memory().numTensors, before);
  } finally {
    tf.unregisterKernel(CLIP_GRADIENTS, 'cpu');
  }
});
