import { linear } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import type { TorchKernelBackend } from '../runtime/torch-kernel-backend.js';
import { random, sameAsCpu, strided, withGradients } from '../testing/against-cpu.js';
import { operatorsCalled } from '../testing/operators.js';
import { bf16Test, torchTest } from '../testing/torch-test.js';

const C = 96;

const layer = (rows: tf.Tensor, bias = true): tf.Tensor[] =>
  withGradients(
    (x, weight, shift) => linear(x, weight as tf.Tensor2D, shift as tf.Tensor1D | undefined),
    [rows, random([C, C], 2), ...(bias ? [random([C], 3)] : [])],
  );

// 1025 = 25·41 can be cut into images for oneDNN, 1031 is prime and cannot.
for (const rows of [1024, 1025, 1031]) {
  torchTest(`a large product of ${rows} rows and its gradients equal the composition`, async (t) => {
    await sameAsCpu(t, 'with a bias', () => layer(random([rows, C])));
    await sameAsCpu(t, 'without', () => layer(random([rows, C]), false));
    await sameAsCpu(t, 'strided', () => layer(strided([rows, C])));
  });
}

torchTest('a product of a few rows with a large weight equals the composition', async (t) => {
  await sameAsCpu(t, '16 rows', () =>
    withGradients(
      (x, weight) => linear(x, weight as tf.Tensor2D),
      [random([16, 512]), random([512, 1024], 2)],
    ),
  );
});

torchTest('large products are convolutions of oneDNN where it has them, small ones the BLAS’s', (t) => {
  const { hasFastConvolution } = tf.backend() as TorchKernelBackend;
  const called = (rows: number): Set<string> =>
    operatorsCalled(() =>
      tf.tidy(() => {
        layer(random([rows, C]));
      }),
    );
  t.false(called(100).has('mkldnn_convolution'));
  t.false(called(100).has('convolution_backward'));
  t.is(called(1025).has('mkldnn_convolution'), hasFastConvolution);
  t.is(called(1025).has('convolution_backward'), hasFastConvolution);
  t.false(called(1031).has('convolution_backward'));
});

bf16Test('large products of bf16 agree with float32 within its eight bits', async (t) => {
  for (const rows of [1024, 1031]) {
    await sameAsCpu(t, `${rows} rows`, () => layer(random([rows, C])), 2e-2);
  }
});
