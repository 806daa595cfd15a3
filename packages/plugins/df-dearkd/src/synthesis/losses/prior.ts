import { l2Norm } from '@kdx/distill-ops';
import { detach } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../../errors.js';

/*
 * R_prior of the inversion: how little an image looks like one (Mordvintsev et al. 2015; eq. 2 of DearKD's supplement;
 * spec §3.2). Images are as the network sees them, jittered and flipped.
 */

/**
 * Total variation: the sum of the Frobenius norms, over the whole batch and not squared, of the differences of each pixel
 * to its right, lower and two diagonal neighbours.
 * @param images `[B, H, W, C]`, H and W at least 2
 * @returns scalar
 * @throws KdxError `KDX_SHAPE`
 */
export const totalVariationL2 = (images: tf.Tensor4D): tf.Scalar =>
  tf.addN(neighbourDifferences(images).map((difference) => l2Norm(difference))) as tf.Scalar;

/**
 * Total variation: the sum of the means of the same four differences' absolute values. Where neighbours are equal its
 * gradient is 0.
 * @param images `[B, H, W, C]`, H and W at least 2
 * @returns scalar
 * @throws KdxError `KDX_SHAPE`
 */
export const totalVariationL1 = (images: tf.Tensor4D): tf.Scalar =>
  // TensorFlow.js's own abs has the gradient −1 at 0.
  tf.addN(neighbourDifferences(images).map((d) => tf.mean(tf.mul(d, detach(tf.sign(d)))))) as tf.Scalar;

/**
 * Mean over images of each image's l2 norm, not squared. The gradient of a black image is 0.
 * @param images `[B, H, W, C]`
 * @returns scalar
 */
export const meanImageNorm = (images: tf.Tensor4D): tf.Scalar => tf.mean(l2Norm(images, [1, 2, 3]));

/**
 * One l2 norm over the whole batch, not squared, as DeepInversion's CIFAR script has it. The gradient of black images is 0.
 * @param images `[B, H, W, C]`
 * @returns scalar
 */
export const wholeBatchNorm = (images: tf.Tensor4D): tf.Scalar => l2Norm(images) as tf.Scalar;

/** To the right, below, below on the right, below on the left. */
function neighbourDifferences(images: tf.Tensor4D): tf.Tensor4D[] {
  const [B, H, W, C] = images.shape;
  if (images.rank !== 4 || H < 2 || W < 2) {
    throw kdxError(
      'KDX_SHAPE',
      `Total variation wants images [B, H, W, C] of 2 × 2 pixels or more, but it was given [${images.shape.join(', ')}].`,
    );
  }
  const part = (row: number, column: number, height: number, width: number) =>
    tf.slice(images, [0, row, column, 0], [B, height, width, C]);
  return [
    tf.sub(part(0, 1, H, W - 1), part(0, 0, H, W - 1)),
    tf.sub(part(1, 0, H - 1, W), part(0, 0, H - 1, W)),
    tf.sub(part(1, 1, H - 1, W - 1), part(0, 0, H - 1, W - 1)),
    tf.sub(part(1, 0, H - 1, W - 1), part(0, 1, H - 1, W - 1)),
  ];
}
