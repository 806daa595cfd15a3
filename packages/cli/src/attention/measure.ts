import { type ImageSize, type Model, type Split } from '@kdx/core';
import { drawSample, normalizeImages, splitImages } from '@kdx/core/run';
import { attentionDistances } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';

export interface MeasureOptions {
  readonly imageSize: ImageSize;
  /** A sample of the split by `drawSample`; all where it has fewer. */
  readonly images: number;
  /** Images per forward. Default 16. */
  readonly batch?: number;
  /** See `attentionDistances` of `@kdx/models`. Default false. */
  readonly renormalize?: boolean;
  /** Called after each batch with the images done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Attention distances of several models on the same images, each normalised as its model was trained.
 * @returns for each model `[depth][heads]`, in patches, averaged over images and patches
 * @throws KdxError `KDX_MODEL_ATTENTION`, `KDX_NON_FINITE`
 */
export async function measureAttention(
  models: readonly Model[],
  split: Split,
  { imageSize, images, batch = 16, renormalize = false, onProgress }: MeasureOptions,
): Promise<number[][][]> {
  const { indices: sample } = drawSample(split, images);
  const total = sample.length;
  const sums: number[][][] = models.map(() => []);
  for (let start = 0; start < total; start += batch) {
    const count = Math.min(batch, total - start);
    const { images: pixels } = await splitImages(split, sample.subarray(start, start + count), imageSize);
    for (const [index, model] of models.entries()) {
      const input = tf.tidy(() =>
        normalizeImages(tf.tensor4d(pixels, [count, ...imageSize]), model.spec),
      ) as tf.Tensor4D;
      try {
        const distances = await attentionDistances(model, input, { batch, renormalize });
        sums[index] = distances.map((row, block) =>
          row.map((distance, head) => (sums[index][block]?.[head] ?? 0) + (distance * count) / total),
        );
      } finally {
        input.dispose();
      }
      checkFinite(sums[index], model);
    }
    onProgress?.(start + count, total);
  }
  return sums;
}

function checkFinite(distances: readonly (readonly number[])[], { spec }: Model): void {
  if (distances.flat().every(Number.isFinite)) return;
  const block = distances.findIndex((row) => !row.every(Number.isFinite));
  throw kdxError(
    'KDX_NON_FINITE',
    `The attention of "${spec.name}" is not a number in block ${block}; its weights have diverged, so give those of a run that went well.`,
  );
}
