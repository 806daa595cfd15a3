import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { type ConvBatchNormOptions, convBatchNorm } from './conv-batch-norm.js';

test.before(() => tf.setBackend('cpu'));

const EPSILON = 1e-3;
const variance = () => tf.abs(values([4], 6));

const op =
  (options: ConvBatchNormOptions, withResidual = false) =>
  (...[x, filter, gamma, beta, residual]: tf.Tensor[]) =>
    convBatchNorm(
      x as tf.Tensor4D,
      filter as tf.Tensor4D,
      {
        gamma: gamma as tf.Tensor1D,
        beta: beta as tf.Tensor1D,
        mean: values([4], 5) as tf.Tensor1D,
        variance: variance() as tf.Tensor1D,
        epsilon: EPSILON,
      },
      { ...options, ...(withResidual && { residual: residual as tf.Tensor4D }) },
    );

/** TensorFlow.js's own ops, the normalisation written out. */
const plain =
  (relu: boolean) =>
  (...[x, filter, gamma, beta, residual]: tf.Tensor[]) => {
    const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    const normed = y
      .sub(values([4], 5))
      .div(variance().add(EPSILON).sqrt())
      .mul(gamma)
      .add(beta);
    const sum = residual ? normed.add(residual) : normed;
    return relu ? sum.relu() : sum;
  };

const inputs = () => [values([2, 3, 3, 2]), values([3, 3, 2, 4], 2), values([4], 3), values([4], 4)];
const residual = () => values([2, 3, 3, 4], 7);

test.serial('without a kernel it is the composition, with its gradients', (t) => {
  checkGradients(t, op({ padding: 1 }), plain(false), inputs());
  // Far enough from the corner of the ReLU for finite differences.
  const bent = [...inputs(), residual().mul(3)];
  checkGradients(t, op({ padding: 1 }, true), plain(false), bent);
  close(t, op({ padding: 1, relu: true }, true)(...bent), plain(true)(...bent), { absolute: 1e-5 });
});

test.serial('a kernel computes it outside a gradient, and only there', (t) => {
  const attributes: unknown[] = [];
  const names: string[][] = [];
  tf.registerKernel({
    kernelName: 'KdxFrozenConv',
    backendName: 'cpu',
    kernelFunc: ({ inputs: given, attrs }) => {
      attributes.push(attrs);
      names.push(Object.keys(given));
      return [tf.fill([2, 3, 3, 4], 9)];
    },
  });
  try {
    const [x, ...rest] = [...inputs(), residual()];
    const f = op({ padding: 1, relu: true }, true);
    close(t, f(x, ...rest), new Float32Array(72).fill(9));
    t.deepEqual(attributes, [{ stride: [1, 1], padding: [1, 1], groups: 1, epsilon: EPSILON, relu: true }]);
    t.deepEqual(names, [['x', 'filter', 'gamma', 'beta', 'mean', 'variance', 'residual']]);
    tf.grad((v) => f(v, ...rest).sum())(x);
    t.is(attributes.length, 1);
  } finally {
    tf.unregisterKernel('KdxFrozenConv', 'cpu');
  }
});

test.serial('what does not fit is refused by shape', (t) => {
  const [x, filter, gamma, beta] = inputs();
  t.throws(() => op({})(x, values([3, 3, 3, 4]), gamma, beta), { code: 'KDX_SHAPE' });
  t.throws(() => op({})(x, filter, values([3]), beta), { code: 'KDX_SHAPE', message: /vectors \[4\]/ });
  t.throws(() => op({}, true)(x, filter, gamma, beta, values([2, 1, 1, 3])), { code: 'KDX_SHAPE' });
});
