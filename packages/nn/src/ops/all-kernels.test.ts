import { fullPrecision, KDX_KERNELS, type KdxKernels, keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { values } from '../testing/gradients.js';
import { attention } from './attention.js';
import { batchNormTraining } from './batch-norm.js';
import { channelMoments } from './channel-moments.js';
import { convBatchNorm } from './conv-batch-norm.js';
import { conv2d } from './conv2d.js';
import { crossEntropy } from './cross-entropy.js';
import { dropout } from './dropout.js';
import { gelu } from './gelu.js';
import { klDivergence } from './kl-divergence.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';
import { logSoftmax } from './log-softmax.js';
import { addOver, reluOver } from './overwrite.js';
import { updateRunningStatistics } from './running-statistics.js';
import { softmax } from './softmax.js';
import { splitHeads } from './split-heads.js';

type Name = keyof KdxKernels;
type Ops = [name: string, op: (...xs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]][];

const m = (x: tf.Tensor) => x as tf.Tensor2D;
const v = (x: tf.Tensor) => x as tf.Tensor1D;
const f = (x: tf.Tensor) => x as tf.Tensor4D;

const ops: Ops = [
  ['KdxLinear', (x, w, b) => linear(x, m(w), v(b)), [values([4, 3]), values([3, 5], 2), values([5], 3)]],
  ['KdxLayerNorm', (x, g, b) => layerNorm(x, v(g), v(b)), [values([3, 4]), values([4], 2), values([4], 3)]],
  ['KdxGelu', gelu, [values([3, 4])]],
  ['KdxSoftmax', softmax, [values([3, 4])]],
  ['KdxLogSoftmax', logSoftmax, [values([3, 4])]],
  ['KdxAttention', (q, k, w) => attention(f(q), f(k), f(w)), [1, 2, 3].map((s) => values([1, 2, 3, 2], s))],
  ['KdxReluOver', reluOver, [values([3, 4])]],
  ['KdxAddOver', addOver, [values([3, 4]), values([3, 4], 2)]],
  ['KdxFullPrecision', fullPrecision, [values([3, 4])]],
  ['KdxSplitHeads', (x) => splitHeads(x as tf.Tensor3D, 2)[0], [values([1, 2, 12])]],
  ['KdxCrossEntropy', (z) => crossEntropy(m(z), m(tf.softmax(values([3, 4], 2)))), [values([3, 4])]],
  ['KdxKlDivergence', (s) => klDivergence(m(s), m(values([3, 4], 2)), { temperature: 2 }), [values([3, 4])]],
  [
    'KdxBatchNorm',
    (x, g, b) => batchNormTraining(x, v(g), v(b)).y,
    [values([2, 2, 2, 3]), values([3], 2), values([3], 3)],
  ],
  ['KdxChannelMoments', (x) => channelMoments(x).mean, [values([2, 2, 2, 3])]],
  [
    'KdxGroupedConv2d',
    (x, w) => conv2d(f(x), f(w), { stride: 2, padding: 1, groups: 2 }),
    [values([1, 4, 4, 4]), values([3, 3, 2, 4], 2)],
  ],
  ['KdxDropoutMask', (x) => dropout(x, 0.5, keyedRng(1)), [values([6])]],
];

test.before(() => tf.setBackend('cpu'));

/** What a kernel's contract says of its outputs' shapes, by the names in its type. */
const shapes: {
  readonly [K in Name]: (x: Record<string, number[]>, a: Record<string, unknown>) => number[][];
} = {
  KdxLinear: ({ x, weight }) => [[...x.slice(0, -1), weight[1]]],
  KdxLinearGradInput: ({ dy, weight }) => [[...dy.slice(0, -1), weight[0]]],
  KdxLinearGradWeight: ({ x, dy }) => [[x.at(-1)!, dy.at(-1)!]],
  KdxLayerNorm: ({ x }) => [x, [...x.slice(0, -1), 1], [...x.slice(0, -1), 1]],
  KdxLayerNormGrad: ({ x, gamma }) => [x, gamma, gamma],
  KdxGelu: ({ x }) => [x],
  KdxGeluGrad: ({ x }) => [x],
  KdxSoftmaxGrad: ({ y }) => [y],
  KdxLogSoftmax: ({ x }) => [x],
  KdxLogSoftmaxGrad: ({ y }) => [y],
  KdxAttention: ({ q }) => [q, [1]],
  KdxAttentionGrad: ({ q }) => [q, q, q],
  KdxReluOver: ({ x }) => [x],
  KdxAddOver: ({ x }) => [x],
  KdxSplitHeads: ({ x }, { heads }) => Array(3).fill([x[0], heads, x[1], x[2] / (3 * (heads as number))]),
  KdxSplitHeadsGrad: ({ dq: [B, H, N, d] }) => [[B, N, 3 * H * d]],
  KdxCrossEntropy: ({ logits }) => [[], logits],
  KdxCrossEntropyGrad: ({ targets }) => [targets],
  KdxKlDivergence: ({ student }) => [[], student, student],
  KdxKlDivergenceGrad: ({ studentLogProbabilities }) => [studentLogProbabilities],
  KdxBatchNorm: ({ x, gamma }) => [x, gamma, gamma],
  KdxBatchNormGrad: ({ x, gamma }) => [x, gamma, gamma],
  KdxChannelMoments: ({ x }) => [[x.at(-1)!], [x.at(-1)!]],
  KdxChannelMomentsGrad: ({ x }) => [x],
  KdxRunningStatistics: () => [],
  KdxGroupedConv2d: ({ x, filter }, { stride, padding }) => {
    const [s, p] = [stride as number[], padding as number[]];
    const side = (axis: 0 | 1) => Math.floor((x[axis + 1] + 2 * p[axis] - filter[axis]) / s[axis]) + 1;
    return [[x[0], side(0), side(1), filter[3]]];
  },
  KdxGroupedConv2dGradInput: (_, { inputShape }) => [inputShape as number[]],
  KdxGroupedConv2dGradFilter: (_, { filterShape }) => [filterShape as number[]],
  KdxDropoutMask: (_, { shape }) => [shape as number[]],
  KdxReluGrad: ({ y }) => [y],
  KdxFullPrecision: ({ x }) => [x],
  KdxFrozenConv: ({ x, filter }) => [[x[0], x[1] - 2, x[2] - 2, filter[3]]],
};

/** Registers kernels that answer with marks in the contract's shapes, so that an answer not used shows. */
function registerMarks(ran: Set<string>): void {
  for (const name of KDX_KERNELS) {
    tf.registerKernel({
      kernelName: name,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs }) => {
        ran.add(name);
        const known = Object.entries(inputs).map(([key, info]) => [key, info!.shape]);
        const expected = shapes[name](Object.fromEntries(known), attrs as Record<string, unknown>);
        return expected.map((shape, index) => tf.fill(shape, 100 + index));
      },
    });
  }
}

const filledWith = (t: ExecutionContext, x: tf.Tensor, mark: number) =>
  t.true(x.dataSync().every((value) => value === mark));

test.serial('every kernel in the contract is asked for, and its outputs are handed on', (t) => {
  const ran = new Set<string>();
  registerMarks(ran);
  try {
    for (const [name, op, inputs] of ops) {
      const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => op(...xs))(inputs);
      if (name !== 'KdxSoftmax' && name !== 'KdxDropoutMask') filledWith(t, value, 100);
      if (name === 'KdxLinear' || name === 'KdxGroupedConv2d') {
        for (const gradient of grads.slice(0, 2)) filledWith(t, gradient, 100);
      } else if (!['KdxDropoutMask', 'KdxReluOver', 'KdxAddOver', 'KdxFullPrecision'].includes(name)) {
        grads.forEach((gradient, index) => {
          filledWith(t, gradient, 100 + index);
        });
      }
    }
    const channels = {
      gamma: v(values([4])),
      beta: v(values([4])),
      mean: v(values([4])),
      variance: v(values([4])),
    };
    filledWith(t, convBatchNorm(f(values([1, 4, 4, 2])), f(values([3, 3, 2, 4])), channels), 100);
    const running = { mean: tf.variable(values([4])), variance: tf.variable(values([4])) };
    updateRunningStatistics(running, { mean: values([4]), variance: values([4]), count: 2 }, 0.1);
    t.deepEqual([...ran].sort(), [...KDX_KERNELS].sort());
  } finally {
    for (const name of KDX_KERNELS) tf.unregisterKernel(name, 'cpu');
  }
});
