import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelDefinition, KernelScope } from '../runtime/kernel.js';
import { activation, operand } from '../runtime/operand.js';
import { fusedKernel } from './fused-kernel.js';
import { softmaxGradient } from './softmax-gradient.js';

/** libtorch's tiled attention for the CPU, of 2.1 and later. It takes no mask of dropout and gives a bias no gradient. */
const TILED = '_scaled_dot_product_flash_attention_for_cpu';

const isTiled = (scope: KernelScope, bias?: TensorInfo, mask?: TensorInfo): boolean =>
  !bias && !mask && scope.backend.device < 0 && scope.has(TILED);

/** An operand as the tiled attention reads it: the values of a token next to each other. */
const tiledOperand = (scope: KernelScope, input: TensorInfo): Handle => {
  const tensor = operand(scope, input);
  const stride = scope.backend.operators.call('stride.int', tensor, -1);
  return stride === 1 ? tensor : scope.call('contiguous', tensor);
};

/** `[B, H, N, d]` as `[B·H, N, d]`. */
const batch = (scope: KernelScope, tensor: Handle, { shape }: TensorInfo): Handle => {
  const [B, H, N, d] = shape as [number, number, number, number];
  return scope.call('reshape', tensor, [B * H, N, d]);
};

const transposed = (scope: KernelScope, tensor: Handle): Handle => scope.call('transpose.int', tensor, 1, 2);

export const ATTENTION_KERNELS: readonly KernelDefinition[] = [
  fusedKernel('KdxSplitHeads', ({ x }, { heads }, scope) => {
    const [B, N, width] = x.shape as [number, number, number];
    const parts = scope.call('reshape', scope.of(x), [B, N, 3, heads, width / (3 * heads)]);
    const byHead = scope.call('permute', parts, [2, 0, 3, 1, 4]);
    // Batched products want each head's matrix in one piece, the forward's and again the backward's.
    const inPieces = isTiled(scope) ? byHead : scope.call('contiguous', byHead);
    return scope.callMany('unbind.int', inPieces);
  }),

  fusedKernel('KdxSplitHeadsGrad', ({ dq, dk, dv }, _, scope) => {
    const [B, H, N, d] = dq.shape as [number, number, number, number];
    const byToken = [dq, dk, dv].map((part) => scope.call('transpose.int', scope.of(part), 1, 2));
    return [scope.call('reshape', scope.call('stack', byToken, 2), [B, N, 3 * H * d])];
  }),

  fusedKernel('KdxAttention', ({ q, k, v, bias, mask }, { scale }, scope) => {
    if (isTiled(scope, bias, mask)) {
      const inputs = [q, k, v].map((input) => tiledOperand(scope, input));
      const [y, logSumExp] = scope.callMany(TILED, ...inputs, 0, false, null, scale) as [Handle, Handle];
      return [y, logSumExp];
    }
    const [B, H, N] = q.shape as [number, number, number];
    const [queries, keys, values] = [q, k, v].map((input) => batch(scope, operand(scope, input), input)) as [
      Handle,
      Handle,
      Handle,
    ];
    const scores = scaledProduct(scope, queries, transposed(scope, keys), scale);
    const biased = bias
      ? scope.call('add.Tensor', scope.call('reshape', scores, [B, H, N, N]), scope.of(bias))
      : scores;
    const weights = activation(scope, scope.call('_softmax', scope.to(biased, 'float32'), -1, false));
    const dropped = mask
      ? scope.call('mul.Tensor', scope.call('reshape', weights, [B, H, N, N]), scope.of(mask))
      : weights;
    const y = scope.call('bmm', activation(scope, scope.call('reshape', dropped, [B * H, N, N])), values);
    return [scope.call('reshape', y, q.shape), scope.call('reshape', weights, [B, H, N, N])];
  }),

  fusedKernel('KdxAttentionGrad', ({ dy, q, k, v, y, saved, bias, mask }, { scale }, scope) => {
    if (isTiled(scope, bias, mask)) {
      const [gradient, ...inputs] = [dy, q, k, v, y].map((input) => tiledOperand(scope, input));
      return scope
        .callMany(`${TILED}_backward`, gradient, ...inputs, scope.of(saved), 0, false, null, scale)
        .slice(0, 3);
    }
    const [B, H, N] = q.shape as [number, number, number];
    const [gradient, queries, keys, values] = [dy, q, k, v].map((input) =>
      batch(scope, operand(scope, input), input),
    ) as [Handle, Handle, Handle, Handle];
    const weights = scope.call('reshape', scope.of(saved), [B * H, N, N]);
    const masked = (tensor: Handle): Handle =>
      mask ? scope.call('mul.Tensor', tensor, scope.call('reshape', scope.of(mask), [B * H, N, N])) : tensor;
    const dv = scope.call('bmm', transposed(scope, activation(scope, masked(weights))), gradient);
    const dWeights = masked(scope.call('bmm', gradient, transposed(scope, values)));
    const dScores = softmaxGradient(scope, '_softmax_backward_data', dWeights, weights);
    const rounded = activation(scope, dScores);
    const dq = scaledProduct(scope, rounded, keys, scale);
    const dk = scaledProduct(scope, transposed(scope, rounded), queries, scale);
    const gradients = [dq, dk, dv].map((tensor) => scope.call('reshape', tensor, q.shape));
    if (!bias) return gradients;
    const reduced = bias.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
    const full = scope.call('reshape', dScores, [B, H, N, N]);
    return [...gradients, reduced.length > 0 ? scope.call('sum.dim_IntList', full, reduced, true) : full];
  }),
];

/** `scale·a·b` of batches of matrices, without a pass for the scale. */
function scaledProduct(scope: KernelScope, a: Handle, b: Handle, scale: number): Handle {
  // With beta 0 what is added is never read.
  const nothing = scope.call('new_empty', a, [1, 1, 1]);
  return scope.call('baddbmm', nothing, a, b, 0, scale);
}
