import { isKdxError, KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { Bridge, Handle } from '../libtorch/bridge.js';
import { torchTest } from '../testing/torch-test.js';
import { torchBackend } from '../torch-backend.js';
import { SCALAR_TYPE } from './element-types.js';
import type { TorchKernelBackend } from './torch-kernel-backend.js';
import { speedOfBf16, tryBf16 } from './try-bf16.js';

const bridgeOf = () => (tf.backend() as TorchKernelBackend).bridge;

torchTest('a trial of bf16 always ends the same, and leaves neither tensors nor threads behind', (t) => {
  const bridge = bridgeOf();
  bridge.setThreads(2);
  const { tensors } = bridge.memory();
  const trial = tryBf16(bridge);
  for (let i = 0; i < 3; i++) t.deepEqual(tryBf16(bridge), trial);
  t.is(bridge.threads(), 2);
  t.is(bridge.memory().tensors, tensors);
  bridge.setThreads(1);
});

torchTest(
  'bf16 loads where its trial found it right, and is refused with the reason where not',
  async (t) => {
    const { wrong, hasConvolution } = tryBf16(bridgeOf());
    const loading = torchBackend().load({ device: 'cpu', precision: 'bf16', threads: 1 });
    if (wrong === '') {
      t.like(await loading, { precision: 'bf16' });
      t.is((tf.backend() as TorchKernelBackend).hasBf16Convolution, hasConvolution);
      const speed = speedOfBf16(bridgeOf());
      t.true(speed > 0 && Number.isFinite(speed));
    } else {
      const error = await t.throwsAsync(loading, { instanceOf: KdxError, code: 'KDX_BACKEND_PRECISION' });
      t.true(error.message.includes(wrong));
      t.false((tf.backend() as TorchKernelBackend).bf16);
    }
    const notes: string[] = [];
    const info = await torchBackend().load({ device: 'cpu', precision: 'auto', threads: 1 }, (note) =>
      notes.push(note),
    );
    t.is(notes.length, 1);
    t.true(notes[0]?.startsWith(`precision ${info.precision}`), notes[0]);
    if (wrong !== '') t.is(info.precision, 'float32');
    await torchBackend().load({ threads: 1 });
  },
);

/** The bridge of a machine on which a product of bf16 matrices comes out as `distort` says. */
function distorted(distort: (values: Float32Array) => void): Bridge {
  const bridge = bridgeOf();
  const products = new Set<number | undefined>();
  const find: Bridge['find'] = (name, overload) => {
    const index = bridge.find(name, overload);
    if (name === 'aten::mm') products.add(index);
    return index;
  };
  const call: Bridge['call'] = (operator, ...args) => {
    const result = bridge.call(operator, ...args);
    if (!products.has(operator)) return result;
    const about = new Int32Array(10);
    bridge.describe(result as Handle, about);
    const [type, ...shape] = about.subarray(0, 3);
    if (type !== SCALAR_TYPE.bf16) return result;
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    bridge.toHost(result as Handle, values);
    distort(values);
    bridge.free(result as Handle);
    return bridge.fromHost(values, shape, 'float32', -1);
  };
  return { ...bridge, find, call };
}

torchTest('sums that stop growing in bf16 are found, one rounding of a right sum is not', (t) => {
  if (tryBf16(bridgeOf()).wrong !== '') return void t.pass();
  const { wrong } = tryBf16(distorted((values) => values.fill(256)));
  t.regex(wrong, /^a product of matrices gave 256 for \d{3}/);
  t.is(tryBf16(distorted((values) => void values.set(values.map((value) => value * 1.004)))).wrong, '');
  const lastOnly = (values: Float32Array): void => {
    values[values.length - 1] = Number.NaN;
  };
  t.not(tryBf16(distorted(lastOnly)).wrong, '', 'not a number is wrong too');
});

test('a libtorch that refuses bf16 computes it wrongly', (t) => {
  const bridge = {
    threads: () => 4,
    setThreads: (threads: number) => threads,
    find: () => 1,
    fromHost: () => 1,
    free: () => {},
    call: () => {
      throw Object.assign(new Error('aten::mm: could not create a primitive descriptor iterator'), {
        code: 'KDX_TORCH_OPERATOR',
      });
    },
  };
  const trial = tryBf16(bridge as never);
  t.is(trial.wrong, 'libtorch refused aten::mm: could not create a primitive descriptor iterator');
  t.false(trial.hasConvolution);
  t.false(isKdxError(trial));
});
