import * as tf from '@tensorflow/tfjs';
import type { TorchKernelBackend } from '../runtime/torch-kernel-backend.js';
import { random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('views of views read the elements of the first', async (t) => {
  await sameAsCpu(t, 'slice, transpose, reshape', () => {
    const part = tf.slice(strided([4, 5, 6]), [1, 0, 2], [2, -1, 3]);
    const turned = tf.transpose(part, [2, 0, 1]);
    return [
      part,
      turned,
      tf.reshape(turned, [5, -1]),
      tf.expandDims(turned, 1),
      tf.squeeze(part.slice(0, 1)),
    ];
  });
  await sameAsCpu(t, 'split and unstack', () => {
    const x = strided([6, 4]);
    return [
      ...tf.split(x, [1, 3, 2]),
      ...tf.split(x, 2, -1),
      ...tf.unstack(x, 1),
      ...tf.unstack(x.slice(0, 1)),
    ];
  });
});

torchTest('strided slices go backwards, over ellipses and new axes, and to nothing', async (t) => {
  await sameAsCpu(t, 'strided slices', () => {
    const x = strided([5, 6, 7]);
    return [
      tf.stridedSlice(x, [4, 5, 0], [0, -7, 7], [-2, -1, 3]),
      tf.stridedSlice(x, [-1, 1], [-4, 2], [-1, 1]),
      tf.stridedSlice(x, [-1, 1], [-4, 2], [1, 1], 0, 0, 0, 0, 3),
      tf.stridedSlice(x, [0, 1], [0, 3], [1, 1], 0, 0, 1),
      tf.stridedSlice(x, [0, 1, 2], [0, 4, 6], [1, 2, 2], 0, 0, 0, 1),
      tf.stridedSlice(x, [3, 2, 0], [3, 4, 7], [1, 1, 1]),
      tf.stridedSlice(x, [1, 2, 0], [3, 2, 7], [-1, 1, 1]),
    ];
  });
  // The CPU back end refuses an end before the begin, and does not drop an axis and turn another.
  const x = strided([5, 6, 7]);
  t.deepEqual(tf.stridedSlice(x, [3, 2, 0], [1, 4, 7], [1, 1, 1]).shape, [0, 2, 7]);
  t.deepEqual(
    tf.stridedSlice(x, [-1, 1], [-4, 2], [-1, 1], 0, 0, 0, 0, 2).arraySync(),
    tf.squeeze(tf.stridedSlice(x, [-1, 1], [-4, 2], [-1, 1]), [1]).arraySync(),
  );
});

torchTest('tensors without elements are viewed like others', async (t) => {
  await sameAsCpu(t, 'empty', () => {
    const x = tf.zeros([0, 4]);
    return [
      tf.reshape(x, [2, 0, 3]),
      tf.transpose(x),
      tf.expandDims(x, 0),
      tf.slice(x, [0, 1], [0, 2]),
      ...tf.split(x, 2, 1),
      tf.slice(random([3, 2]), [3, 0], [0, 2]),
    ];
  });
});

torchTest('a view takes no memory and outlives what it views', (t) => {
  const { bridge } = tf.backend() as TorchKernelBackend;
  const x = random([1000]);
  const before = bridge.memory().live;
  const view = tf.tidy(() => tf.transpose(tf.reshape(tf.slice(x, [500]), [50, 10])));
  t.is(bridge.memory().live, before);
  const expected = x.dataSync()[510];
  x.dispose();
  t.is(view.dataSync()[1], expected);
  view.dispose();
});
