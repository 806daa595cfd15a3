import type { Split } from '@kdx/core';
import { noSuchSample } from '../errors.js';

/** @throws KdxError `KDX_DATA_INDEX` unless `index` is one of `length` samples. */
export function checkIndex(index: number, length: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < length)) throw noSuchSample(index, length);
}

/** The samples `indexes` of `split`, in that order, without copying images. */
export function splitView(split: Split, indexes: Uint32Array): Split {
  return {
    length: indexes.length,
    labels: Uint16Array.from(indexes, (index) => split.labels[index]),
    read(index, out) {
      checkIndex(index, indexes.length);
      return split.read(indexes[index], out);
    },
  };
}
