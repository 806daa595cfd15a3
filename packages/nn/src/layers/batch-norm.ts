import type { Initializer, Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { batchTooSmall } from '../errors.js';
import type { ForwardCall } from '../forward/call.js';
import { ones, zeros } from '../init/initializers.js';
import { batchNormInference, batchNormTraining } from '../ops/batch-norm.js';
import { updateRunningStatistics } from '../ops/running-statistics.js';
import { Layer } from './layer.js';

export interface BatchNormOptions {
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** Share of the new batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Initial γ; zero on the last one of a residual branch is common. Default ones. */
  readonly weightInit?: Initializer;
}

/**
 * `[B, H, W, C]` or `[B, C]`, same shape out. Parameters `weight` and `bias`, buffers `running_mean` and `running_var`,
 * all `[C]`, as in PyTorch: normalises by the population variance, keeps the unbiased one. (`num_batches_tracked`
 * serves only PyTorch's cumulative average and is not kept.)
 */
export class BatchNorm2d extends Layer {
  readonly weight: tf.Variable<tf.Rank.R1>;
  readonly bias: tf.Variable<tf.Rank.R1>;
  readonly runningMean: tf.Variable<tf.Rank.R1>;
  readonly runningVar: tf.Variable<tf.Rank.R1>;
  readonly epsilon: number;
  readonly #momentum: number;

  constructor(scope: Scope, channels: number, options: BatchNormOptions = {}) {
    super(scope);
    const vector = (variable: tf.Variable) => variable as tf.Variable<tf.Rank.R1>;
    this.weight = vector(scope.parameter('weight', [channels], options.weightInit ?? ones));
    this.bias = vector(scope.parameter('bias', [channels], zeros));
    this.runningMean = vector(scope.buffer('running_mean', [channels], zeros));
    this.runningVar = vector(scope.buffer('running_var', [channels], ones));
    this.epsilon = options.epsilon ?? 1e-5;
    this.#momentum = options.momentum ?? 0.1;
  }

  /** @throws KdxError `KDX_BATCH_TOO_SMALL` when training on one value per channel. */
  protected override forward(x: tf.Tensor, { training }: ForwardCall): tf.Tensor {
    const { weight, bias, runningMean, runningVar } = this;
    if (!training) return batchNormInference(x, weight, bias, runningMean, runningVar, this.epsilon);
    const n = x.size / weight.size;
    if (n < 2) throw batchTooSmall(this.path);
    const { y, mean, variance } = batchNormTraining(x, weight, bias, this.epsilon);
    const running = { mean: runningMean, variance: runningVar };
    updateRunningStatistics(running, { mean, variance, count: n }, this.#momentum);
    return y;
  }
}
