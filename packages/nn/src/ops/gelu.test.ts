import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { gelu } from './gelu.js';

test.before(() => tf.setBackend('cpu'));

test('gelu is exact, not the tanh approximation', (t) => {
  // x·Φ(x) from tables of the normal distribution; the tanh form gives 0.84119 and −0.04540 at 1 and −2.
  close(t, gelu(tf.tensor1d([0, 1, -2, 3])), [0, 0.8413447, -0.0455003, 2.9959503], { absolute: 1e-6 });
});

test('gelu has the gradient of its formula', (t) => {
  const plain = (x: tf.Tensor) => x.mul(tf.erf(x.mul(Math.SQRT1_2)).add(1)).mul(0.5);
  checkGradients(t, gelu, plain, [values([3, 5])]);
});
