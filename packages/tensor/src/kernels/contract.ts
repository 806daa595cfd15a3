import type * as tf from '@tensorflow/tfjs';

// Every kernel that a back end may offer beyond TensorFlow.js's own: first those of layers and losses, then the updates in
// place.

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
 * each is optional, and kdx composes a missing one from plain `tf.*`. All tensors are float32. A kernel returns its
 * outputs in the order given, always as new tensors. Forward and `…Grad` may be registered one without the other,
 * except for attention, whose gradient reads what its forward saved.
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

  /** `max(x, 0)`, into x's memory where no other tensor refers to it; the caller may only dispose x. Any shape. */
  KdxReluOver: Kernel<{ x: T }, Record<string, never>, [y: T]>;
  /** `x + y` of one shape, into x's memory where no other tensor refers to it; the caller may only dispose x. */
  KdxAddOver: Kernel<{ x: T; y: T }, Record<string, never>, [sum: T]>;

  /** `dx = dy where y > 0, otherwise 0`; y is the ReLU's output, or its input, which is positive in the same places. One shape. */
  KdxReluGrad: Kernel<{ dy: T; y: T }, Record<string, never>, [dx: T]>;
  /**
   * The values of x in float32, for a back end that may store float32 tensors in less. The result may share x's memory.
   */
  KdxFullPrecision: Kernel<{ x: T }, Record<string, never>, [y: T]>;

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
   * count/(count − 1) first. All `[C]`; no other tensor has the data ids of the two that are written.
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
   * `y = act(conv2d(x, filter)·f + beta − mean·f + residual)`, act the ReLU where `relu`, otherwise the identity. x
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

  /** A tensor of `shape` whose elements are 0 with probability `rate` and 1/(1 − rate) otherwise, drawn from `seed`. */
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
  KdxReluGrad: 0,
  KdxFullPrecision: 0,
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

export const ADD_OVER = 'KdxAddOver';
export const RELU_GRAD = 'KdxReluGrad';
export const FULL_PRECISION = 'KdxFullPrecision';

/**
 * Kernels that a back end may register to update many tensors at once, in place; kdx composes a missing one from plain
 * `tf.*`. Contract of all four:
 * - inputs are one array of `count` lists' tensors, list after list (TensorFlow.js's idiom for `AddN`), all float32;
 *   the i-th tensors of all lists have one shape, which differs from i to i;
 * - attributes are numbers as given; arithmetic in float32 or better, equations as in `sgd.ts`, `adam.ts`, `ema.ts` and
 *   `clip.ts`;
 * - a kernel overwrites its results in place: data ids and reference counts stay as they are; it returns no tensors (`[]`)
 *   unless its own comment says so.
 *
 * TensorFlow.js promises clones and reshapes of a tensor that they never change. Core keeps that promise where it can
 * see: no other tensor has the data id of one that is written. A back end whose data ids can share storage (views)
 * keeps it where only it can see: it gives such a data id storage of its own before it writes.
 */
export const SGD_UPDATE = 'KdxSgdUpdate';
export const ADAM_UPDATE = 'KdxAdamUpdate';
export const EMA_UPDATE = 'KdxEmaUpdate';
export const CLIP_GRADIENTS = 'KdxClipGradients';

/**
 * Inputs: parameters, gradients and, with a momentum above 0, momentum buffers. Writes all but the gradients. All
 * parameters of a call are decayed alike.
 */
export interface SgdUpdateAttributes {
  /** Parameters; inputs are 2 or 3 times as many. */
  readonly count: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  /** 0 for parameters that are exempt. */
  readonly weightDecay: number;
}

/**
 * Inputs: parameters, gradients, first moments, second moments. Writes all but the gradients. All parameters of a call
 * are decayed alike and have had as many updates.
 */
export interface AdamUpdateAttributes {
  /** Parameters; inputs are 4 times as many. */
  readonly count: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 0 for parameters that are exempt. */
  readonly weightDecay: number;
  /** True: AdamW, the parameter shrinks by `learningRate · weightDecay` first. False: Adam, an L2 term in the gradient. */
  readonly decoupled: boolean;
  /** 1 at the first update; for the bias corrections `1 − βᵗ`. */
  readonly step: number;
}

/** Inputs: averages, values. Writes the averages: `a ← a + (1 − decay)(v − a)`. */
export interface EmaUpdateAttributes {
  /** Averages; inputs are twice as many. */
  readonly count: number;
  readonly decay: number;
}

/**
 * Inputs: gradients. Multiplies them by `min(1, maxNorm / (norm + 1e-6))`, where `norm = √Σ‖g‖²` over all of them, and
 * returns `norm`, a new tensor `[]`. Reads nothing back to the host.
 */
export interface ClipGradientsAttributes {
  readonly count: number;
  readonly maxNorm: number;
}
