import { reluGradient } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { fused } from './fused.js';
import { sameShape } from './shapes.js';

/*
 * Ops for an intermediate that is read for the last time: they may put their result into its memory, which is still in
 * the processor's cache. The caller gives `x` up: no code may read it again, and the caller disposes it.
 */

/** `max(x, 0)`, perhaps in x's memory. Any shape. */
export function reluOver(x: tf.Tensor): tf.Tensor {
  return differentiate({
    inputs: { x },
    forward(save): tf.Tensor {
      const y = fused('KdxReluOver', { x }, {})?.[0] ?? tf.relu(x);
      save(y);
      return y;
    },
    backward: (dy, [y]) => ({ x: () => reluGradient(dy, y) }),
  });
}

/** `x + y`, perhaps in x's memory. Of one shape. */
export function addOver(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (!sameShape(x.shape, y.shape)) return tf.add(x, y);
  return differentiate({
    inputs: { x, y },
    forward: (): tf.Tensor => fused('KdxAddOver', { x, y }, {})?.[0] ?? tf.add(x, y),
    backward: (dy) => ({ x: () => tf.clone(dy), y: () => tf.clone(dy) }),
  });
}
