import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { addOver, reluOver } from './overwrite.js';

test.before(() => tf.setBackend('cpu'));

/** An intermediate that the op may take over. */
const made = (x: tf.Tensor): tf.Tensor => tf.mul(x, 3);

test('a ReLU over an intermediate equals a ReLU, and so do its gradients', (t) => {
  checkGradients(
    t,
    (x) => reluOver(made(x)),
    (x) => tf.relu(made(x)),
    [values([3, 4])],
  );
});

test('a sum over an intermediate equals a sum, and so do its gradients, both of one tensor too', (t) => {
  const inputs = [values([3, 4]), values([3, 4], 2)];
  checkGradients(
    t,
    (x, y) => addOver(made(x), y),
    (x, y) => tf.add(made(x), y),
    inputs,
  );
  checkGradients(
    t,
    (x) => addOver(made(x), x),
    (x) => tf.mul(x, 4),
    [values([3, 4])],
  );
});

test('a sum over an intermediate of another shape broadcasts', (t) => {
  const [x, y] = [values([4]), values([3, 4], 2)];
  close(t, addOver(made(x), y), tf.add(made(x), y));
});
