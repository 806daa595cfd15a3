import type { ImageSize, Split } from '@kdx/core';
import { labelOutOfRange, wrongLength, wrongPixel } from '../errors.js';
import { BYTE_TO_UNIT } from '../splits/bytes-to-unit.js';
import { checkIndex } from '../splits/split-view.js';

/** Images with their labels. */
export interface LabelledArrays {
  /** `[N, H, W, C]`: bytes 0–255, or floats in [0, 1]. Read where they are; not copied. */
  readonly images: Uint8Array | Float32Array;
  /** N class indices. */
  readonly labels: ArrayLike<number>;
}

/**
 * Checks that images and labels fit each other, pixels are numbers in [0, 1] and labels are classes.
 * @throws KdxError `KDX_DATA_SHAPE`, `KDX_DATA_NAN`, `KDX_DATA_LABEL`
 */
export function checkArrays(
  { images, labels }: LabelledArrays,
  [height, width, channels]: ImageSize,
  classes: number,
  where: string,
): void {
  const size = height * width * channels;
  if (labels.length === 0 || images.length !== labels.length * size) {
    const expected = `${labels.length} labels × ${height} × ${width} × ${channels} (at least one image)`;
    throw wrongLength(`The array of ${where}`, images.length, expected);
  }
  for (let i = 0; i < labels.length; i += 1) {
    const label = labels[i];
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw labelOutOfRange(where, i, label, classes);
  }
  if (images instanceof Uint8Array) return;
  for (let i = 0; i < images.length; i += 1) {
    if (!(images[i] >= 0 && images[i] <= 1)) throw wrongPixel(where, Math.floor(i / size), images[i]);
  }
}

/** Reads checked arrays. */
export function arraySplit({ images, labels }: LabelledArrays, imageSize: ImageSize): Split {
  const size = imageSize[0] * imageSize[1] * imageSize[2];
  const length = labels.length;
  return {
    length,
    labels,
    read(index, out) {
      checkIndex(index, length);
      if (images instanceof Float32Array) {
        out.set(images.subarray(index * size, (index + 1) * size));
        return;
      }
      for (let i = 0, o = index * size; i < size; i += 1, o += 1) out[i] = BYTE_TO_UNIT[images[o]];
    },
  };
}
