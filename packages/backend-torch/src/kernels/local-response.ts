import type { LRNAttrs, TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';

/** Sums over the channels at most `radius` away. x `[B, H, W, C]`. */
function neighbourSums(scope: KernelScope, x: Handle, radius: number): Handle {
  const padded = scope.call('constant_pad_nd', x, [radius, radius]);
  return scope.call('sum.dim_IntList', scope.call('unfold', padded, -1, 2 * radius + 1, 1), [-1]);
}

/** `bias + alpha·Σ x²` over the neighbouring channels. */
const norm = (scope: KernelScope, x: Handle, { depthRadius, bias, alpha }: LRNAttrs): Handle =>
  scope.call(
    'add.Scalar',
    scope.call('mul.Scalar', neighbourSums(scope, scope.call('square', x), depthRadius), alpha),
    bias,
  );

/** Local response normalisation (Krizhevsky et al. 2012, section 3.3). */
export const LOCAL_RESPONSE_KERNELS: readonly KernelDefinition[] = [
  kernel<{ x: TensorInfo }, LRNAttrs>('LRN', (inputs, attrs, scope) => {
    const x = scope.to(scope.of(inputs.x), 'float32');
    return scope.call('mul.Tensor', x, scope.call('pow.Tensor_Scalar', norm(scope, x, attrs), -attrs.beta));
  }),

  kernel<{ x: TensorInfo; y: TensorInfo; dy: TensorInfo }, LRNAttrs>('LRNGrad', (inputs, attrs, scope) => {
    const [x, y, dy] = [inputs.x, inputs.y, inputs.dy].map((info) => scope.to(scope.of(info), 'float32'));
    const { depthRadius, alpha, beta } = attrs;
    const divisor = norm(scope, x, attrs);
    const direct = scope.call('mul.Tensor', dy, scope.call('pow.Tensor_Scalar', divisor, -beta));
    const shares = scope.call('div.Tensor', scope.call('mul.Tensor', dy, y), divisor);
    const sums = neighbourSums(scope, shares, depthRadius);
    return scope.call('addcmul', direct, x, sums, -2 * alpha * beta);
  }),
];
