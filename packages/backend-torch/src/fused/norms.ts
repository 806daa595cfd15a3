import { toChannelsFirst, toChannelsLast } from '../kernels/conv/layout.js';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelDefinition, KernelScope } from '../runtime/kernel.js';
import { activation, sameType } from '../runtime/operand.js';
import { fusedKernel } from './fused-kernel.js';

/** `[..., C]` as libtorch wants its channels: `[B, C, H, W]` in channels-last memory, or `[rows, C]`. */
const channelsSecond = (scope: KernelScope, x: Handle, shape: readonly number[]): Handle =>
  shape.length === 4
    ? toChannelsFirst(scope, x)
    : scope.call('reshape', x, [-1, shape[shape.length - 1] as number]);

const channelsLast = (scope: KernelScope, y: Handle, shape: readonly number[]): Handle =>
  shape.length === 4 ? toChannelsLast(scope, y) : scope.call('reshape', y, shape);

export const NORM_KERNELS: readonly KernelDefinition[] = [
  fusedKernel('KdxLayerNorm', ({ x, gamma, beta }, { epsilon }, scope) => {
    const input = scope.to(scope.of(x), 'float32');
    const [y, mean, inverseStd] = scope.callMany(
      'native_layer_norm',
      input,
      gamma.shape,
      scope.of(gamma),
      scope.of(beta),
      epsilon,
    ) as [Handle, Handle, Handle];
    return [activation(scope, y), mean, inverseStd];
  }),

  fusedKernel('KdxLayerNormGrad', ({ dy, x, gamma, mean, inverseStd }, _, scope) => {
    const input = scope.to(scope.of(x), 'float32');
    const [dx, dgamma, dbeta] = scope.callMany(
      'native_layer_norm_backward',
      scope.to(scope.of(dy), 'float32'),
      input,
      gamma.shape,
      scope.of(mean),
      scope.of(inverseStd),
      scope.of(gamma),
      // Only its shape is read.
      scope.of(gamma),
      [true, true, true],
    ) as [Handle, Handle, Handle];
    return [dx, dgamma, dbeta];
  }),

  fusedKernel('KdxBatchNorm', ({ x, gamma, beta }, { epsilon }, scope) => {
    const n = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const input = channelsSecond(scope, scope.of(x), x.shape);
    // With momentum 1 the running statistics become the batch's own, the variance divided by n − 1.
    const runningMean = scope.call('zeros_like', scope.of(gamma));
    const runningVariance = scope.call('zeros_like', scope.of(gamma));
    const [y, mean] = scope.callMany(
      'native_batch_norm',
      input,
      scope.of(gamma),
      scope.of(beta),
      runningMean,
      runningVariance,
      true,
      1,
      epsilon,
    ) as [Handle, Handle];
    const variance =
      n > 1
        ? scope.call('mul.Scalar', runningVariance, (n - 1) / n)
        : scope.call('zeros_like', runningVariance);
    return [channelsLast(scope, y, x.shape), mean, variance];
  }),

  fusedKernel('KdxBatchNormGrad', ({ dy, x, gamma, mean, variance }, { epsilon }, scope) => {
    const [gradient, input] = sameType(scope, scope.of(dy), scope.of(x));
    const inverseStd = scope.call('rsqrt', scope.call('add.Scalar', scope.of(variance), epsilon));
    const [dx, dgamma, dbeta] = scope.callMany(
      'native_batch_norm_backward',
      channelsSecond(scope, gradient, x.shape),
      channelsSecond(scope, input, x.shape),
      scope.of(gamma),
      null,
      null,
      scope.of(mean),
      inverseStd,
      true,
      epsilon,
      [true, true, true],
    ) as [Handle, Handle, Handle];
    return [channelsLast(scope, dx, x.shape), dgamma, dbeta];
  }),

  fusedKernel('KdxChannelMoments', ({ x }, _, scope) => {
    const input = channelsSecond(scope, scope.to(scope.of(x), 'float32'), x.shape);
    // Where channels lie innermost var_mean takes ten times as long. This variance is divided by n.
    const [mean, variance] = scope.callMany('batch_norm_update_stats', input, null, null, 0) as [
      Handle,
      Handle,
    ];
    return [mean, variance];
  }),

  fusedKernel('KdxChannelMomentsGrad', ({ dmean, dvariance, x, mean }, _, scope) => {
    const n = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
    const slope = scope.call('mul.Scalar', scope.of(dvariance), 2 / n);
    const shift = scope.call('mul.Scalar', scope.of(dmean), 1 / n);
    const offset = scope.call('addcmul', shift, slope, scope.of(mean), -1);
    return [scope.call('addcmul', offset, scope.to(scope.of(x), 'float32'), slope)];
  }),

  fusedKernel(
    'KdxRunningStatistics',
    ({ runningMean, runningVariance, mean, variance }, { momentum, count }, scope) => {
      const unbiased = scope.call('mul.Scalar', scope.of(variance), count / (count - 1));
      scope.run('lerp_.Scalar', scope.backend.ownHandle(runningMean), scope.of(mean), momentum);
      scope.run('lerp_.Scalar', scope.backend.ownHandle(runningVariance), unbiased, momentum);
      return [];
    },
  ),
];
