import { keyedRng, type Parameter, ParameterStore } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { ConvNormRelu } from '../index.js';

await tf.setBackend('cpu');

const CALL = { training: false, rng: () => keyedRng(0) };

test('1×1: weighted channels, the norm’s scale and shift, then ReLU', (t) => {
  const store = new ParameterStore('project', (name) => keyedRng(0, name));
  const project = new ConvNormRelu(store.scope(), 2, 2, 1);
  const set = (name: string, values: tf.Tensor) =>
    (store.parameters.get(name) as Parameter).variable.assign(values);
  // y₀ = x₀ + 2·x₁ and y₁ = −x₀; running mean 0 and variance 1; γ = (3, 1), β = (1, 0).
  set('conv.weight', tf.tensor4d([1, -1, 2, 0], [1, 1, 2, 2]));
  set('bn.weight', tf.tensor1d([3, 1]));
  set('bn.bias', tf.tensor1d([1, 0]));
  const y = project.apply(tf.tensor4d([1, 1, 4, 0], [1, 1, 2, 2]), CALL);
  const expected = [3 * 3 + 1, 0, 3 * 4 + 1, 0];
  t.true([...y.dataSync()].every((value, i) => Math.abs(value - expected[i]) < 1e-3));
});

test('3×3: a stride halves the size and rounds up', (t) => {
  const store = new ParameterStore('project', (name) => keyedRng(0, name));
  const project = new ConvNormRelu(store.scope(), 2, 5, 3, 2);
  t.deepEqual(project.apply(tf.zeros([2, 7, 8, 2]), CALL).shape, [2, 4, 4, 5]);
  // 3·3·2·5 of the convolution, 5 + 5 of the norm.
  const learned = [...store.parameters.values()].reduce((sum, { variable }) => sum + variable.size, 0);
  t.is(learned, 100);
});
