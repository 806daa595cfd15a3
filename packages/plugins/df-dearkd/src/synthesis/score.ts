import type { Model } from '@kdx/core';
import { fromArrays, type Score } from '@kdx/data';
import { lookAtImages } from '../quality/look-at-images.js';

const BATCH = 100;

/**
 * What a network says of images that were made for a class each.
 * @param pixels `[B, H, W, C]`, 8 bits, as they are saved
 */
export async function scoreImages(
  model: Model,
  pixels: Uint8Array,
  targets: ArrayLike<number>,
): Promise<readonly Score[]> {
  const { inputSize: imageSize, classes, mean, std } = model.spec;
  const classNames = Array.from({ length: classes }, (_, k) => String(k));
  const { train } = fromArrays({
    images: pixels,
    labels: Array.from(targets),
    imageSize,
    labelNames: classNames,
    mean,
    std,
  });
  return (await lookAtImages(model, train, { imageSize, batch: BATCH })).scores;
}
