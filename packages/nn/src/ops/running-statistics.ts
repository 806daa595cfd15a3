import { own } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';
import { fused } from './fused.js';

export interface RunningStatistics {
  /** `[C]` */
  readonly mean: tf.Variable;
  /** Unbiased variance (divided by n − 1) `[C]`. */
  readonly variance: tf.Variable;
}

export interface BatchStatistics {
  /** `[C]` */
  readonly mean: tf.Tensor;
  /** Population variance `[C]`. */
  readonly variance: tf.Tensor;
  /** Values per channel n, at least 2. */
  readonly count: number;
}

/**
 * Moves running statistics towards a batch's, in place and off the tape, as PyTorch does:
 * `r ← (1 − momentum)·r + momentum·b`, the batch's variance corrected by n/(n − 1).
 * @param momentum share of the batch, in [0, 1]
 */
export function updateRunningStatistics(
  running: RunningStatistics,
  { mean, variance, count }: BatchStatistics,
  momentum: number,
): void {
  tape.off(() => {
    const [runningMean, runningVariance] = own([running.mean, running.variance]) as tf.Variable[];
    const inputs = { runningMean, runningVariance, mean, variance };
    if (!fused('KdxRunningStatistics', inputs, { momentum, count })) {
      const move = (variable: tf.Variable, batch: tf.Tensor, share: number) =>
        variable.assign(tf.add(tf.mul(variable, 1 - momentum), tf.mul(batch, share)));
      move(runningMean, mean, momentum);
      move(runningVariance, variance, (momentum * count) / (count - 1));
    }
    return [];
  });
}
