import type { FusedBatchNormAttrs, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import { toChannelsFirst, toChannelsLast } from './conv/layout.js';

interface Inputs {
  readonly x: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly offset?: TensorInfo;
  readonly scale?: TensorInfo;
}

const rankOf = ({ shape }: TensorInfo): number => shape.length;

export const BATCH_NORM_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs, FusedBatchNormAttrs>('FusedBatchNorm', (inputs, { varianceEpsilon = 0.001 }, scope) => {
    const { x, mean, variance, offset, scale } = inputs;
    for (const [name, info] of Object.entries({ variance, offset, scale })) {
      tf.util.assert(
        !info || rankOf(info) === rankOf(mean),
        () => `batchNorm: mean and ${name} must have equal ranks.`,
      );
    }
    const [numbers, centre, spread, shift, slope] = [x, mean, variance, offset, scale].map(
      (info): Handle => (info ? scope.to(scope.of(info), 'float32') : 0),
    );
    const isPerChannel = (info?: TensorInfo) => !info || (rankOf(info) === 1 && info.shape[0] === x.shape[3]);
    if (rankOf(x) === 4 && [mean, variance, offset, scale].every(isPerChannel)) {
      const image = toChannelsFirst(scope, numbers);
      const [y] = scope.callMany(
        'native_batch_norm',
        image,
        slope,
        shift,
        centre,
        spread,
        false,
        0,
        varianceEpsilon,
      );
      return toChannelsLast(scope, y);
    }
    const inverse = scope.call('rsqrt', scope.call('add.Scalar', spread, varianceEpsilon));
    const factor = slope ? scope.call('mul.Tensor', inverse, slope) : inverse;
    const scaled = scope.call('mul.Tensor', scope.call('sub.Tensor', numbers, centre), factor);
    return shift ? scope.call('add.Tensor', scaled, shift) : scaled;
  }),
];
