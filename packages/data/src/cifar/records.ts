import type { ImageSize, Split } from '@kdx/core';
import { labelOutOfRange, truncatedFile } from '../errors.js';
import { BYTE_TO_UNIT } from '../splits/bytes-to-unit.js';
import { checkIndex } from '../splits/split-view.js';
import type { CifarLayout } from './layouts.js';

export const CIFAR_IMAGE_SIZE: ImageSize = [32, 32, 3];
const PLANE = 32 * 32;
const IMAGE = 3 * PLANE;

/**
 * Checks that `bytes` are whole records with labels of known classes.
 * @throws KdxError `KDX_DATA_TRUNCATED`, `KDX_DATA_LABEL`
 */
export function checkRecords(bytes: Buffer, layout: CifarLayout, file: string): void {
  const record = layout.labelBytes + IMAGE;
  if (bytes.length === 0 || bytes.length % record !== 0) throw truncatedFile(file, bytes.length, record);
  for (let i = 0; i * record < bytes.length; i += 1) {
    const label = bytes[i * record + layout.labelOffset];
    if (label >= layout.classes) throw labelOutOfRange(`"${file}"`, i, label, layout.classes);
  }
}

/** Reads checked records: label bytes, then the 32×32 planes R, G, B, each row by row. */
export function recordSplit(bytes: Buffer, layout: CifarLayout): Split {
  const record = layout.labelBytes + IMAGE;
  const length = bytes.length / record;
  return {
    length,
    labels: Uint8Array.from({ length }, (_, i) => bytes[i * record + layout.labelOffset]),
    read(index, out) {
      checkIndex(index, length);
      const red = index * record + layout.labelBytes;
      for (let p = 0, o = 0; p < PLANE; p += 1, o += 3) {
        out[o] = BYTE_TO_UNIT[bytes[red + p]];
        out[o + 1] = BYTE_TO_UNIT[bytes[red + PLANE + p]];
        out[o + 2] = BYTE_TO_UNIT[bytes[red + 2 * PLANE + p]];
      }
    },
  };
}
