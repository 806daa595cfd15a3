import { dropout, gelu, logSoftmax, softmax } from '@kdx/nn';
import { keyedRng, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided, withGradients } from '../testing/against-cpu.js';
import { operatorsCalled } from '../testing/operators.js';
import { torchTest } from '../testing/torch-test.js';

const shapes = [[5], [3, 4], [2, 3, 4], [0, 4]];

torchTest('GELU, softmax, log-softmax and their gradients equal the composition', async (t) => {
  for (const [name, op] of Object.entries({ gelu, softmax, logSoftmax })) {
    for (const shape of shapes) {
      await sameAsCpu(t, `${name} [${shape}]`, () => withGradients(op, [tf.mul(random(shape), 4)]));
    }
    await sameAsCpu(t, `${name}, strided`, () => withGradients(op, [strided([2, 3, 4])]));
  }
});

torchTest('logits of any size have a softmax', async (t) => {
  const extreme = () => tf.tensor2d([1e4, -1e4, 0, 88, 89, 90], [2, 3]);
  for (const op of [softmax, logSoftmax]) {
    await sameAsCpu(t, op.name, () => withGradients(op, [extreme()]));
  }
});

torchTest('a ReLU passes gradients where its output is above 0, and nowhere else', async (t) => {
  const learn = () => {
    const x = tf.variable(tf.tensor2d([-1, 0, 2, 3, -4, 5], [2, 3]));
    const { gradients } = valueAndGradients(() => tf.sum(tf.mul(tf.relu(x), random([2, 3]))), [x]);
    x.dispose();
    return gradients as tf.Tensor[];
  };
  await sameAsCpu(t, 'relu', learn);
  t.true(operatorsCalled(() => tf.dispose(learn())).has('threshold_backward'));
});

torchTest('a dropout mask has its rate, and a seed draws it again', (t) => {
  tf.tidy(() => {
    const mask = (rate: number, key: string): ArrayLike<number> =>
      dropout(tf.ones([100, 100]), rate, keyedRng(1, key)).dataSync();
    const first = Array.from(mask(0.2, 'a'));
    t.deepEqual([...new Set(first)].sort(), [0, 1.25]);
    const dropped = first.filter((value) => value === 0).length / first.length;
    // Six standard deviations of a binomial's mean.
    t.true(Math.abs(dropped - 0.2) < 6 * Math.sqrt((0.2 * 0.8) / 1e4), `${dropped}`);
    t.deepEqual(Array.from(mask(0.2, 'a')), first);
    t.notDeepEqual(Array.from(mask(0.2, 'b')), first);
    t.true(Array.from(mask(0, 'a')).every((value) => value === 1));
  });
});
