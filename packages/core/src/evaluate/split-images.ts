import type { Split } from '../contracts/data.js';
import type { ImageSize } from '../contracts/model.js';
import { readImage } from '../expected/checked-source.js';

/** Images of a split on the host, with their classes. */
export interface SplitImages {
  /** `[B, H, W, C]` in [0, 1]. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** Reads the samples at `indices`. */
export async function splitImages(
  split: Split,
  indices: ArrayLike<number>,
  [height, width, channels]: ImageSize,
): Promise<SplitImages> {
  const size = height * width * channels;
  const images = new Float32Array(indices.length * size);
  const labels = new Int32Array(indices.length);
  for (let row = 0; row < indices.length; row += 1) {
    const index = indices[row];
    await readImage(split, index, images.subarray(row * size, (row + 1) * size));
    labels[row] = split.labels[index];
  }
  return { images, labels };
}
