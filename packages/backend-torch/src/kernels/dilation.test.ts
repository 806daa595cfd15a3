import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('dilation and its gradients equal the CPU back end’s', async (t) => {
  const cases: [stride: number, padding: 'same' | 'valid', dilation: number][] = [
    [1, 'same', 1],
    [2, 'same', 1],
    [1, 'valid', 2],
  ];
  for (const [stride, padding, dilation] of cases) {
    await sameAsCpu(t, `stride ${stride}, ${padding}, dilation ${dilation}`, () => {
      const dilate = (x: tf.Tensor, filter: tf.Tensor) =>
        tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, stride, padding, dilation);
      const [x, filter] = [random([2, 6, 7, 3]), random([2, 3, 3], 2)];
      const y = dilate(x, filter);
      return [y, ...tf.grads(dilate)([x, filter], random(y.shape, 3))];
    });
  }
});
