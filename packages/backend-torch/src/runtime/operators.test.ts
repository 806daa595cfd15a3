import { KdxError, runKernel } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { held, random } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';
import type { TorchKernelBackend } from './torch-kernel-backend.js';

const operators = () => (tf.backend() as TorchKernelBackend).operators;

torchTest(
  'what libtorch refuses is an error with the operator’s name, and nothing stays of the kernel',
  (t) => {
    const [x, weight] = [random([2, 3]), random([4, 5], 2)];
    // Also what a weight is put in order for.
    tf.tidy(() => runKernel('KdxLinear', { x: random([2, 4]), weight }));
    const before = held();
    const error = t.throws(() => tf.tidy(() => runKernel('KdxLinear', { x, weight })), {
      instanceOf: KdxError,
      code: 'KDX_TORCH_OPERATOR',
      message: /^libtorch refused aten::mm: .*2x3 and 4x5.*\.$/,
    });
    t.false(error?.message.includes('\n'));
    t.is(held(), before);
    tf.dispose([x, weight]);
  },
);

torchTest('an operator that this libtorch lacks is named, with the version that is needed', (t) => {
  t.throws(() => operators().call('no_such_operator'), {
    instanceOf: KdxError,
    code: 'KDX_TORCH_OPERATOR',
    message: /has no operator no_such_operator; kdx needs 1\.13 or newer/,
  });
});

torchTest('operators and their parameters are probed by schema', (t) => {
  t.true(operators().has('add.Tensor'));
  t.true(operators().has('aten::add.Tensor'));
  t.false(operators().has('add.Nothing'));
  t.true(operators().takes('addmm', 'beta'));
  t.false(operators().takes('addmm', 'bet'));
  t.false(operators().takes('no_such_operator', 'beta'));
});

torchTest('arguments that an operator does not take are refused', (t) => {
  const x = random([2]);
  const handle = (tf.backend() as TorchKernelBackend).handle(x);
  for (const args of [[handle, 1, 2, 3, 4, 5], ['text'], [123456789]]) {
    t.throws(() => operators().call('relu', ...args), { instanceOf: KdxError, message: /aten::relu/ });
  }
  x.dispose();
});
