import { addOver, chain, reluOver } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import type { TorchKernelBackend } from '../runtime/torch-kernel-backend.js';
import { torchTest } from '../testing/torch-test.js';

const live = (): number => (tf.backend() as TorchKernelBackend).bridge.memory().live;
const numbers = () => tf.tensor2d([-1, 2, -3, 4, -5, 6], [2, 3]);

torchTest('ops over an intermediate take no memory of their own', (t) => {
  tf.tidy(() => {
    const [x, y] = [tf.mul(numbers(), 1), numbers()];
    const before = live();
    const sum = addOver(x, y);
    x.dispose();
    const active = reluOver(sum);
    t.is(live(), before);
    t.deepEqual([...active.dataSync()], [0, 4, 0, 8, 0, 12]);
  });
});

torchTest('a clone, a view and a variable keep their values when an op goes over what they share', (t) => {
  tf.tidy(() => {
    const x = tf.variable(numbers());
    for (const shared of [tf.clone(x), tf.reshape(x, [3, 2]), tf.slice(x, [0, 0], [2, 3])]) {
      const values = [...shared.dataSync()];
      const other = tf.reshape(shared, [2, 3]);
      t.deepEqual([...reluOver(other).dataSync()], [0, 2, 0, 4, 0, 6]);
      t.deepEqual([...addOver(other, numbers()).dataSync()], [-2, 4, -6, 8, -10, 12]);
      t.deepEqual([...shared.dataSync()], values);
      t.deepEqual([...x.dataSync()], values);
    }
    x.dispose();
  });
});

torchTest('what a gradient saved is not written over', (t) => {
  tf.tidy(() => {
    const square = (x: tf.Tensor): tf.Tensor =>
      chain([(y) => tf.mul(y, 2), (y) => tf.square(y), (y) => addOver(y, x), (y) => reluOver(y)], x, {
        training: true,
      } as never);
    const { value, grad } = tf.valueAndGrad(square)(numbers());
    t.deepEqual([...value.dataSync()], [3, 18, 33, 68, 95, 150]);
    t.deepEqual([...grad.dataSync()], [-7, 17, -23, 33, -39, 49]);
  });
});
