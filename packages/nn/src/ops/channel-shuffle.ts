import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';

/**
 * Deals the channels of `groups` equal groups out in turn, so that the next grouped convolution sees some of each (Zhang
 * et al. 2018, ShuffleNet): channel `g·(C/groups) + i` goes to `i·groups + g`.
 * @param x `[B, H, W, C]`
 * @returns `[B, H, W, C]`; `x` itself when there is one group
 * @throws KdxError `KDX_SHAPE`
 */
export function channelShuffle(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const channels = x.shape[3];
  if (x.rank !== 4 || channels % groups !== 0) {
    throw shapeError('channelShuffle', `x [B, H, W, a multiple of ${groups}]`, x.shape);
  }
  if (groups === 1) return x;
  return differentiate({
    inputs: { x: x as tf.Tensor },
    forward: () => shuffled(x, groups),
    backward: (dy) => ({ x: () => shuffled(dy as tf.Tensor4D, channels / groups) }),
  });
}

// Places as one axis: back ends transpose three axes faster than five.
function shuffled(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [B, H, W, C] = x.shape;
  const grouped = tf.reshape(x, [B * H * W, groups, C / groups]);
  return tf.reshape(tf.transpose(grouped, [0, 2, 1]), [B, H, W, C]);
}
