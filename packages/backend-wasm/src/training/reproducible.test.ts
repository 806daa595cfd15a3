import { runKernel } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { onWasm, random } from '../testing/against-cpu.js';
import { TRAINING_KERNELS } from './index.js';

type Run = readonly [name: string, inputs: () => Record<string, tf.Tensor>, attributes?: object];

const ROWS = [37, 19];
const of = (shape: number[], seed = 1): tf.Tensor => random(shape, seed);
const positive = (shape: number[], seed = 1): tf.Tensor => tf.add(tf.square(of(shape, seed)), 0.1);
const heads = (seed: number): tf.Tensor => of([2, 3, 9, 5], seed);
const qkv = () => ({ q: heads(1), k: heads(2), v: heads(3), bias: of([1, 3, 9, 9], 4) });
const mean = () => of([37, 1], 5);
/** An input that is an array, as TensorFlow.js takes it. */
const list = (...tensors: tf.Tensor[]) => tensors as unknown as Record<string, tf.Tensor>;
const channels = (seed: number): tf.Tensor => positive([19], seed);

const RUNS: readonly Run[] = [
  [
    'KdxAdamUpdate',
    () => list(of(ROWS), of(ROWS, 2), of(ROWS, 3), positive(ROWS, 4)),
    {
      count: 1,
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      eps: 1e-8,
      weightDecay: 0.1,
      decoupled: true,
      step: 3,
    },
  ],
  [
    'KdxSgdUpdate',
    () => list(of(ROWS), of(ROWS, 2), of(ROWS, 3)),
    { count: 1, learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  ],
  ['KdxAttention', qkv, { scale: 0.4 }],
  [
    'KdxAttentionGrad',
    () => ({ ...qkv(), dy: heads(6), y: heads(7), saved: positive([2, 3, 9, 12], 8) }),
    { scale: 0.4 },
  ],
  ['KdxBatchNorm', () => ({ x: of(ROWS), gamma: channels(2), beta: channels(3) }), { epsilon: 1e-5 }],
  [
    'KdxBatchNormGrad',
    () => ({ dy: of(ROWS), x: of(ROWS, 2), gamma: channels(3), mean: channels(4), variance: channels(5) }),
    { epsilon: 1e-5 },
  ],
  ['KdxCrossEntropy', () => ({ logits: of(ROWS), targets: positive(ROWS, 2) })],
  [
    'KdxCrossEntropyGrad',
    () => ({ dy: tf.scalar(0.3), logProbabilities: of(ROWS), targets: positive(ROWS, 2) }),
  ],
  ['KdxDropoutMask', () => ({}), { shape: ROWS, rate: 0.4, seed: 5 }],
  [
    'FusedBatchNorm',
    () => ({
      x: of([1, 1, ...ROWS]),
      mean: channels(2),
      variance: channels(3),
      offset: channels(4),
      scale: channels(5),
    }),
    { varianceEpsilon: 1e-3 },
  ],
  ['KdxGelu', () => ({ x: of(ROWS) })],
  ['KdxGeluGrad', () => ({ dy: of(ROWS), x: of(ROWS, 2) })],
  ['KdxKlDivergence', () => ({ student: of(ROWS), teacher: of(ROWS, 2) }), { temperature: 2, divisor: 37 }],
  [
    'KdxKlDivergenceGrad',
    () => ({
      dy: tf.scalar(0.3),
      studentLogProbabilities: of(ROWS),
      teacherLogProbabilities: of(ROWS, 2),
    }),
    { temperature: 2, divisor: 37 },
  ],
  ['KdxLayerNorm', () => ({ x: of(ROWS), gamma: channels(2), beta: channels(3) }), { epsilon: 1e-6 }],
  [
    'KdxLayerNormGrad',
    () => ({
      dy: of(ROWS),
      x: of(ROWS, 2),
      gamma: channels(3),
      mean: mean(),
      inverseStd: positive([37, 1], 6),
    }),
  ],
  ['KdxLinear', () => ({ x: of(ROWS), weight: of([19, 11], 2), bias: of([11], 3) })],
  ['KdxLinearGradInput', () => ({ dy: of(ROWS), weight: of([11, 19], 2) })],
  ['KdxLinearGradWeight', () => ({ x: of(ROWS), dy: of([37, 11], 2) })],
  ['KdxLogSoftmax', () => ({ x: of(ROWS) })],
  ['KdxLogSoftmaxGrad', () => ({ dy: of(ROWS), y: of(ROWS, 2) })],
  ['KdxSoftmaxGrad', () => ({ dy: of(ROWS), y: of(ROWS, 2) })],
  ['Unpack', () => ({ value: of([3, 5, 7, 2]) }), { axis: 2 }],
  ['Transpose', () => ({ x: of([3, 5, 7, 2]) }), { perm: [2, 0, 3, 1] }],
];

/** The bits of a kernel's outputs and of its inputs afterwards, with `shift` bytes allocated before everything. */
function bits([name, inputs, attributes = {}]: Run, shift: number): string[] {
  const { wasm } = tf.backend() as unknown as {
    wasm: { _malloc(bytes: number): number; _free(address: number): void };
  };
  const taken = shift === 0 ? [] : [wasm._malloc(shift)];
  const result = tf.tidy(() => {
    const given = Object.entries(inputs()).map(([key, tensor]): [string, tf.Tensor] => {
      // Between any two inputs too, so that they lie differently to each other.
      if (shift > 0) taken.push(wasm._malloc(shift + taken.length * 8));
      return [key, tf.variable(tensor, false)];
    });
    const outputs = runKernel(name, Object.fromEntries(given), { ...attributes });
    const read = [...outputs, ...given.map(([, tensor]) => tensor)].map((tensor) =>
      Buffer.from((tensor.dataSync() as Float32Array).slice().buffer).toString('hex'),
    );
    for (const [, tensor] of given) tensor.dispose();
    return read;
  });
  for (const address of taken) wasm._free(address);
  return result;
}

test('every kernel gives the same bits wherever its tensors lie', async (t) => {
  t.deepEqual(RUNS.map(([name]) => name).sort(), TRAINING_KERNELS.map(({ name }) => name).sort());
  await onWasm(() => {
    for (const run of RUNS) {
      const expected = bits(run, 0);
      for (const shift of [1, 9, 24, 40, 4093])
        t.deepEqual(bits(run, shift), expected, `${run[0]}, ${shift}`);
    }
  });
});

test('every kernel works while memory grows under it, and leaves nothing behind', async (t) => {
  await onWasm(() => {
    const runtime = tf.backend() as unknown as {
      wasm: { HEAPU8: Uint8Array; _malloc(bytes: number): number; _free(address: number): void };
    };
    for (const run of RUNS) {
      const expected = bits(run, 0);
      // The next allocation beyond what is there grows memory and replaces its views.
      const { _malloc: allocate } = runtime.wasm;
      const blocks: number[] = [];
      runtime.wasm._malloc = (bytes) => {
        const size = runtime.wasm.HEAPU8.length;
        if (blocks.length < 2) {
          while (runtime.wasm.HEAPU8.length === size) blocks.push(allocate(2 ** 20));
        }
        return allocate(bytes);
      };
      const grown = bits(run, 0);
      runtime.wasm._malloc = allocate;
      for (const address of blocks) runtime.wasm._free(address);
      t.deepEqual(grown, expected, run[0]);
    }
    const [tensors, data] = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    for (const [name, inputs, attributes = {}] of RUNS) {
      const given = tf.tidy(() =>
        Object.entries(inputs()).map(([key, tensor]) => [key, tf.variable(tensor, false)]),
      );
      const named = Object.fromEntries(given) as Record<string, tf.Variable>;
      const step = () => tf.tidy(() => void runKernel(name, named, { ...attributes }));
      step();
      const length = runtime.wasm.HEAPU8.length;
      for (let i = 0; i < 1000; i++) step();
      t.is(runtime.wasm.HEAPU8.length, length, `${name} gives scratch memory back`);
      tf.dispose(named);
    }
    t.is(tf.memory().numTensors, tensors);
    t.is(tf.engine().backend.numDataIds(), data);
  });
});
