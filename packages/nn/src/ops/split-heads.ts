import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { shapeError } from '../errors.js';
import { fused } from './fused.js';

/**
 * The queries, keys and values of self-attention, by head, from one projection.
 * @param qkv `[B, N, 3·H·d]`, ordered `[3, H, d]` as in timm
 * @param heads H
 * @returns q, k and v `[B, H, N, d]`
 * @throws KdxError `KDX_SHAPE`
 */
export function splitHeads(qkv: tf.Tensor3D, heads: number): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const [B, N, width] = qkv.shape;
  if (qkv.rank !== 3 || width % (3 * heads) !== 0) {
    throw shapeError('splitHeads', `qkv [B, N, a multiple of 3·${heads}]`, qkv.shape);
  }
  const d = width / (3 * heads);
  return differentiate<{ x: tf.Tensor }, tf.Tensor[]>({
    inputs: { x: qkv },
    forward: () =>
      fused('KdxSplitHeads', { x: qkv }, { heads }) ??
      tf.unstack(tf.transpose(tf.reshape(qkv, [B, N, 3, heads, d]), [2, 0, 3, 1, 4])),
    backward: ([dq, dk, dv]) => ({
      x: () =>
        fused('KdxSplitHeadsGrad', { dq, dk, dv }, {})?.[0] ??
        tf.reshape(tf.transpose(tf.stack([dq, dk, dv]), [1, 3, 0, 2, 4]), [B, N, width]),
    }),
  }) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
}
