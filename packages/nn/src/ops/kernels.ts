import { hasKernel, runKernel } from '@kdx/core';
import type * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';

type T = tf.Tensor;

interface Kernel<Inputs, Attributes, Outputs extends readonly (T | undefined)[]> {
  readonly inputs: Inputs;
  readonly attributes: Attributes;
  readonly outputs: Outputs;
}

/** Attributes of convolutions: symmetric zero padding, as in PyTorch. */
export interface GroupedConvAttributes {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly groups: number;
}

/**
 * The fused kernels a back end may register (`tf.registerKernel({ kernelName: 'KdxLinear', backendName, kernelFunc })`);
 * each is optional, and what is missing is composed from plain `tf.*`. All tensors are float32. A kernel returns its
 * outputs in the order given, always as new tensors. Forward and `…Grad` may be registered one without the other,
 * except for attention, whose gradient reads what its forward saved. (Core has five more, for updates in place and the
 * gradient of a ReLU.)
 */
export interface KdxKernels {
  /** `y = x·weight + bias`. x `[..., I]`, weight `[I, O]`, bias `[O]` or absent → y `[..., O]`. */
  KdxLinear: Kernel<{ x: T; weight: T; bias?: T }, Record<string, never>, [y: T]>;
  /** dy `[..., O]`, weight `[I, O]` → dx `[..., I]`. */
  KdxLinearGradInput: Kernel<{ dy: T; weight: T }, Record<string, never>, [dx: T]>;
  /** x `[..., I]`, dy `[..., O]` → dweight `[I, O]`. */
  KdxLinearGradWeight: Kernel<{ x: T; dy: T }, Record<string, never>, [dweight: T]>;

  /** Over the last axis. x `[..., D]`, gamma, beta `[D]` → y `[..., D]`, mean `[..., 1]`, 1/σ `[..., 1]`. */
  KdxLayerNorm: Kernel<{ x: T; gamma: T; beta: T }, { epsilon: number }, [y: T, mean: T, inverseStd: T]>;
  /** dy, x `[..., D]`, gamma `[D]`, mean, inverseStd `[..., 1]` → dx `[..., D]`, dgamma, dbeta `[D]`. */
  KdxLayerNormGrad: Kernel<
    { dy: T; x: T; gamma: T; mean: T; inverseStd: T },
    Record<string, never>,
    [dx: T, dgamma: T, dbeta: T]
  >;

  /** `x·Φ(x)`, exact. Any shape. */
  KdxGelu: Kernel<{ x: T }, Record<string, never>, [y: T]>;
  KdxGeluGrad: Kernel<{ dy: T; x: T }, Record<string, never>, [dx: T]>;

  /** Over the last axis; `y` is the softmax. (The forward is TensorFlow.js's own `Softmax`.) */
  KdxSoftmaxGrad: Kernel<{ dy: T; y: T }, Record<string, never>, [dx: T]>;
  /** Over the last axis. */
  KdxLogSoftmax: Kernel<{ x: T }, Record<string, never>, [y: T]>;
  /** Over the last axis; `y` is the log-softmax. */
  KdxLogSoftmaxGrad: Kernel<{ dy: T; y: T }, Record<string, never>, [dx: T]>;

  /**
   * `softmax(scale·q·kᵀ + bias) ∘ mask · v`. q, k, v `[B, H, N, d]`; bias `[1|B, 1|H, N, N]`; mask `[B, H, N, N]` holds
   * 0 or 1/keep. → y `[B, H, N, d]` and whatever one tensor the gradient wants to see again.
   */
  KdxAttention: Kernel<{ q: T; k: T; v: T; bias?: T; mask?: T }, { scale: number }, [y: T, saved: T]>;
  /** → dq, dk, dv `[B, H, N, d]` and, with a bias, dbias in the bias's shape. */
  KdxAttentionGrad: Kernel<
    { dy: T; q: T; k: T; v: T; y: T; saved: T; bias?: T; mask?: T },
    { scale: number },
    [dq: T, dk: T, dv: T, dbias?: T]
  >;

  /** `max(x, 0)`, into x's memory where nothing else refers to it; x is only to be disposed. Any shape. */
  KdxReluOver: Kernel<{ x: T }, Record<string, never>, [y: T]>;
  /** Core's `ADD_OVER`: `x + y` of one shape, into x's memory where nothing else refers to it; x is only to be disposed. */
  KdxAddOver: Kernel<{ x: T; y: T }, Record<string, never>, [sum: T]>;

  /** x `[B, N, 3·H·d]`, ordered `[3, H, d]` → q, k and v `[B, H, N, d]`. */
  KdxSplitHeads: Kernel<{ x: T }, { heads: number }, [q: T, k: T, v: T]>;
  /** dq, dk, dv `[B, H, N, d]` → dx `[B, N, 3·H·d]`. */
  KdxSplitHeadsGrad: Kernel<{ dq: T; dk: T; dv: T }, Record<string, never>, [dx: T]>;

  /** Mean over the batch of −Σ targets·log softmax(logits). `[B, K]` both → loss `[]`, log-softmax `[B, K]`. */
  KdxCrossEntropy: Kernel<{ logits: T; targets: T }, Record<string, never>, [loss: T, logProbabilities: T]>;
  /** dy `[]` → gradient of the logits `[B, K]`: dy/B·(softmax·Σtargets − targets). */
  KdxCrossEntropyGrad: Kernel<
    { dy: T; logProbabilities: T; targets: T },
    Record<string, never>,
    [dlogits: T]
  >;

  /**
   * `τ²/divisor · Σ p_t·(log p_t − log p_s)` with p = softmax(·/τ). `[B, K]` both → loss `[]`, log p_s and log p_t
   * `[B, K]`.
   */
  KdxKlDivergence: Kernel<
    { student: T; teacher: T },
    { temperature: number; divisor: number },
    [loss: T, studentLogProbabilities: T, teacherLogProbabilities: T]
  >;
  /** dy `[]` → gradient of the student's logits `[B, K]`: dy·τ/divisor·(p_s − p_t). */
  KdxKlDivergenceGrad: Kernel<
    { dy: T; studentLogProbabilities: T; teacherLogProbabilities: T },
    { temperature: number; divisor: number },
    [dstudent: T]
  >;

  /** Training form over all axes but the last. x `[..., C]` → y, batch mean `[C]`, population variance `[C]`. */
  KdxBatchNorm: Kernel<{ x: T; gamma: T; beta: T }, { epsilon: number }, [y: T, mean: T, variance: T]>;
  /** dy, x `[..., C]`, gamma, mean, variance `[C]` → dx, dgamma `[C]`, dbeta `[C]`. */
  KdxBatchNormGrad: Kernel<
    { dy: T; x: T; gamma: T; mean: T; variance: T },
    { epsilon: number },
    [dx: T, dgamma: T, dbeta: T]
  >;

  /** Over all axes but the last. x `[..., C]` → mean and population variance `[C]`, float32 whatever x is stored in. */
  KdxChannelMoments: Kernel<{ x: T }, Record<string, never>, [mean: T, variance: T]>;
  /**
   * dmean, dvariance and mean `[C]`, x `[..., C]` → dx in x's shape: with n values per channel `x·a + b` where
   * `a = 2/n·dvariance` and `b = 1/n·dmean − a·mean`.
   */
  KdxChannelMomentsGrad: Kernel<{ dmean: T; dvariance: T; x: T; mean: T }, Record<string, never>, [dx: T]>;

  /**
   * In place, `r ← (1 − momentum)·r + momentum·b` for mean and variance, the batch's population variance multiplied by
   * count/(count − 1) first. All `[C]`; nothing else has the data ids of the two that are written.
   */
  KdxRunningStatistics: Kernel<
    { runningMean: T; runningVariance: T; mean: T; variance: T },
    { momentum: number; count: number },
    []
  >;

  /** x `[B, H, W, I]`, filter `[kh, kw, I/groups, O]` → y `[B, H', W', O]`. */
  KdxGroupedConv2d: Kernel<{ x: T; filter: T }, GroupedConvAttributes, [y: T]>;
  /** dy, filter → dx in `inputShape`. */
  KdxGroupedConv2dGradInput: Kernel<
    { dy: T; filter: T },
    GroupedConvAttributes & { inputShape: readonly [number, number, number, number] },
    [dx: T]
  >;
  /** dy, x → dfilter in `filterShape`. */
  KdxGroupedConv2dGradFilter: Kernel<
    { dy: T; x: T },
    GroupedConvAttributes & { filterShape: readonly [number, number, number, number] },
    [dfilter: T]
  >;

  /**
   * Inference form of convolution, batch norm, residual sum and ReLU in one: with `f = gamma/√(variance + epsilon)`,
   * `y = act(conv2d(x, filter)·f + beta − mean·f + residual)`, act the ReLU where `relu`, else the identity. x
   * `[B, H, W, I]`; filter `[kh, kw, I/groups, O]`, or `[kh, kw, I, O/I]` when depthwise (groups = I > 1); gamma, beta,
   * mean and variance `[O]`; residual `[B, H', W', O]` → y `[B, H', W', O]`. Never called while ops are recorded.
   *
   * A kernel may fold `f` into the filter and keep the result from call to call. It is then its duty to notice a
   * change: a student is trained between two evaluations. All ways of changing a variable but one give it another data
   * id (`assign`). The one is a kernel of the same back end that writes in place (core's `KdxSgdUpdate`,
   * `KdxAdamUpdate`, `KdxEmaUpdate`), so a back end counts those writes per data id. A kept filter is good while the
   * data ids of filter, gamma, beta, mean and variance and their counts are what they were. Key it weakly by the
   * filter's data id, so that it goes with its model.
   */
  KdxFrozenConv: Kernel<
    { x: T; filter: T; gamma: T; beta: T; mean: T; variance: T; residual?: T },
    GroupedConvAttributes & { epsilon: number; relu: boolean },
    [y: T]
  >;

  /** A tensor of `shape` whose elements are 0 with probability `rate` and 1/(1 − rate) else, drawn from `seed`. */
  KdxDropoutMask: Kernel<
    Record<string, never>,
    { shape: readonly number[]; rate: number; seed: number },
    [mask: T]
  >;
}

/** Names of all fused kernels, for a back end that says which it has. */
export const KDX_KERNELS = Object.keys({
  KdxLinear: 0,
  KdxLinearGradInput: 0,
  KdxLinearGradWeight: 0,
  KdxLayerNorm: 0,
  KdxLayerNormGrad: 0,
  KdxGelu: 0,
  KdxGeluGrad: 0,
  KdxSoftmaxGrad: 0,
  KdxLogSoftmax: 0,
  KdxLogSoftmaxGrad: 0,
  KdxAttention: 0,
  KdxAttentionGrad: 0,
  KdxReluOver: 0,
  KdxAddOver: 0,
  KdxSplitHeads: 0,
  KdxSplitHeadsGrad: 0,
  KdxCrossEntropy: 0,
  KdxCrossEntropyGrad: 0,
  KdxKlDivergence: 0,
  KdxKlDivergenceGrad: 0,
  KdxBatchNorm: 0,
  KdxBatchNormGrad: 0,
  KdxChannelMoments: 0,
  KdxChannelMomentsGrad: 0,
  KdxRunningStatistics: 0,
  KdxGroupedConv2d: 0,
  KdxGroupedConv2dGradInput: 0,
  KdxGroupedConv2dGradFilter: 0,
  KdxDropoutMask: 0,
  KdxFrozenConv: 0,
} satisfies Record<keyof KdxKernels, 0>) as (keyof KdxKernels)[];

/**
 * Runs the current back end's fused kernel, or returns undefined where it has none. Also undefined while ops are being
 * recorded: a fused kernel has no gradient on the tape, so a nested gradient needs the composition.
 */
export function fused<K extends keyof KdxKernels>(
  name: K,
  inputs: KdxKernels[K]['inputs'],
  attributes: KdxKernels[K]['attributes'],
): KdxKernels[K]['outputs'] | undefined {
  if (!hasKernel(name) || tape.isOn()) return undefined;
  const present = Object.entries(inputs as Record<string, T | undefined>).filter(([, t]) => t !== undefined);
  const outputs = runKernel(name, Object.fromEntries(present) as tf.NamedTensorMap, { ...attributes });
  return outputs as KdxKernels[K]['outputs'];
}
