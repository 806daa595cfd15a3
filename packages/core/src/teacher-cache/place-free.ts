import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../contracts/model.js';
import { download, type HostLogits, rowOf, sameBits, type TeacherOutput } from './logits.js';

/** Runs a teacher on `[B, H, W, C]` in [0, 1]; the caller disposes what it gives. */
export type Forward = (images: tf.Tensor4D) => TeacherOutput;

/**
 * Whether each image's logits are the same bits wherever in the batch it stands and whoever stands beside it: nothing in
 * a kernel's contract says so, and without it a cache by sample would not give what the teacher gives. Tried on the batch
 * in two other orders, at the cost of two forwards.
 * @param host what `forward` gave for `images`
 */
export async function isPlaceFree(
  images: tf.Tensor4D,
  host: HostLogits,
  spec: ModelSpec,
  forward: Forward,
): Promise<boolean> {
  const count = images.shape[0];
  const pixels = await images.data();
  const inOrder = Int32Array.from({ length: count }, (_, i) => i);
  for (const order of [inOrder.toReversed(), keyedRng(0, 'place').shuffle(inOrder.slice())]) {
    const moved = permuted(pixels, order, images.shape);
    let output: TeacherOutput | undefined;
    try {
      output = forward(moved);
      const again = await download(output, spec, count);
      if (!again) return false;
      if (order.some((from, to) => !sameBits(rowOf(again, to, spec), rowOf(host, from, spec)))) return false;
    } finally {
      moved.dispose();
      if (output) disposeOutput(output);
    }
  }
  return true;
}

export function disposeOutput({ logits, heads }: TeacherOutput): void {
  for (const tensor of [logits, ...Object.values(heads)]) tensor.dispose();
}

function permuted(
  pixels: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> },
  order: Int32Array,
  shape: tf.Tensor4D['shape'],
): tf.Tensor4D {
  const size = pixels.length / order.length;
  const moved = new Float32Array(pixels.length);
  for (const [to, from] of order.entries())
    moved.set(pixels.subarray(from * size, (from + 1) * size), to * size);
  return tf.tensor4d(moved, shape);
}
