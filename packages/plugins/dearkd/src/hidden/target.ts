import type { HelperModule, Ref } from '@kdx/core';
import { helperModule } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';

/** Share of a new batch in the running statistics, once there are ten. */
const MOMENTUM = 0.1;

/**
 * A teacher's stage `[B, H, W, C]` with each channel at mean 0 and deviation 1 by running statistics, so that β means the
 * same for every teacher (`channel_std`, spec §2.4, our choice). The first ten batches count equally, later ones by
 * a share of 0.1.
 */
export const normalizedTarget = (stage: Ref): HelperModule =>
  helperModule([stage], (scope, [[, , C]]) => {
    const zeros = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1));
    const mean = scope.buffer('running_mean', [C], zeros);
    const variance = scope.buffer('running_var', [C], zeros);
    const batches = scope.buffer('batches', [1], zeros);
    return ([maps], { training }) => {
      if (training) {
        const moments = tf.moments(maps, [0, 1, 2]);
        const seen = tf.add(batches, 1);
        const share = tf.maximum(tf.div(1, seen), MOMENTUM);
        const move = (running: tf.Variable, batch: tf.Tensor): void =>
          running.assign(tf.add(running, tf.mul(share, tf.sub(batch, running))));
        move(mean, moments.mean);
        move(variance, moments.variance);
        batches.assign(seen as tf.Tensor<tf.Rank>);
      }
      return tf.div(tf.sub(maps, mean), tf.sqrt(tf.add(variance, 1e-5)));
    };
  });
