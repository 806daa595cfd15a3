import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { forwardCall } from '../forward/call.js';
import { close, values } from '../testing/gradients.js';
import { TestScope } from '../testing/test-scope.js';
import { BatchNorm2d } from './batch-norm.js';

const training = forwardCall({ training: true });
const inference = forwardCall({ training: false });

test.before(() => tf.setBackend('cpu'));

test('running statistics move by 0.1 towards the mean and the unbiased variance', (t) => {
  const layer = new BatchNorm2d(new TestScope(), 2);
  const x = tf.tensor2d([
    [1, 0],
    [3, 0],
    [5, 2],
    [7, 4],
  ]);
  layer.apply(x, training);
  close(t, layer.runningMean, [0.4, 0.15]);
  close(t, layer.runningVar, [0.9 + 0.1 * (20 / 3), 0.9 + 0.1 * (11 / 3)]);
  layer.apply(x, training);
  close(t, layer.runningMean, [0.76, 0.285]);
});

test('inference reads the running statistics and leaves them alone', (t) => {
  const layer = new BatchNorm2d(new TestScope(), 2);
  layer.runningMean.assign(tf.tensor1d([1, 2]));
  layer.runningVar.assign(tf.tensor1d([4, 9]));
  close(t, layer.apply(tf.tensor2d([[3, 5]]), inference), [1, 1], { relative: 1e-4 });
  close(t, layer.runningMean, [1, 2]);
  close(t, layer.runningVar, [4, 9]);
});

test('statistics that move inside a gradient appear in no gradient and leak nothing', (t) => {
  const root = new TestScope();
  const layer = new BatchNorm2d(root, 3);
  const x = values([4, 3]);
  const buffers = [layer.runningMean, layer.runningVar] as tf.Variable[];
  const step = () =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () => layer.apply(x, training).square().sum(),
        [...root.variables, ...buffers],
      );
      t.truthy(grads[layer.weight.name]);
      for (const buffer of buffers) t.falsy(grads[buffer.name]);
    });
  step();
  const { numTensors, numBytes } = tf.memory();
  for (let i = 0; i < 10; i++) step();
  t.is(tf.memory().numTensors, numTensors);
  t.is(tf.memory().numBytes, numBytes);
  t.true(layer.runningMean.dataSync().some((value) => value !== 0));
});

test('one value per channel cannot be trained on, and the error names the layer', (t) => {
  const layer = new BatchNorm2d(new TestScope('layer1.bn'), 3);
  t.throws(() => layer.apply(values([1, 3]), training), {
    code: 'KDX_BATCH_TOO_SMALL',
    message: /layer1\.bn/,
  });
});
