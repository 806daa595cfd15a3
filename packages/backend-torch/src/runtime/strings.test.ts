import * as tf from '@tensorflow/tfjs';
import { sameAsCpu } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

torchTest('strings are compared, moved and filled', async (t) => {
  await sameAsCpu(t, 'strings', () => {
    const x = tf.tensor2d([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const y = tf.tensor1d(['a', 'd']);
    return [
      tf.equal(x, y),
      tf.notEqual(x, y),
      tf.less(x, y),
      tf.concat([x, x], 1),
      tf.stack([y, y]),
      tf.reshape(x, [4]),
      tf.slice(x, [0, 1], [2, 1]),
      tf.tile(y, [2]),
      tf.fill([2], 'é'),
      tf.clone(x),
      ...tf.unstack(x),
    ];
  });
});
