import { FLOAT_BYTES } from '../linalg/gemm.js';
import { clearFloats, withScratch } from '../runtime/scratch.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { type ConvInfo, coveredHeight, coveredWidth } from './geometry.js';

/** Where the first window of an image begins, and the bytes from one of its rows to the next. */
export interface ImageView {
  readonly address: number;
  readonly rowBytes: number;
}

/** Whether every window lies inside the image, so that it can be used where it is. */
const isUnpadded = (info: ConvInfo): boolean =>
  info.padInfo.top === 0 &&
  info.padInfo.left === 0 &&
  coveredHeight(info) <= info.inHeight &&
  coveredWidth(info) <= info.inWidth;

const imageFloats = (info: ConvInfo): number => info.inHeight * info.inWidth * info.inChannels;

/** Bytes from one row to the next in the views that {@link readImages} and {@link addToImages} hand out. */
export const viewRowBytes = (info: ConvInfo): number =>
  (isUnpadded(info) ? info.inWidth : coveredWidth(info)) * info.inChannels * FLOAT_BYTES;

/** Calls `each` with every row and column range that image and padded view share, in floats. */
function eachSharedRow(
  info: ConvInfo,
  each: (inImage: number, inView: number, floats: number) => void,
): void {
  const { inHeight, inWidth, inChannels, padInfo } = info;
  const width = Math.min(inWidth, coveredWidth(info) - padInfo.left);
  const rows = Math.min(inHeight, coveredHeight(info) - padInfo.top);
  for (let row = 0; row < rows; row++) {
    const inView = ((row + padInfo.top) * coveredWidth(info) + padInfo.left) * inChannels;
    each(row * inWidth * inChannels, inView, width * inChannels);
  }
}

/** Calls `use` with a view of each image of a batch, zeros around it where windows reach beyond it. */
export function readImages(
  backend: WasmRuntime,
  info: ConvInfo,
  address: number,
  use: (view: ImageView, index: number) => void,
): void {
  const rowBytes = viewRowBytes(info);
  const bytes = imageFloats(info) * FLOAT_BYTES;
  if (isUnpadded(info)) {
    for (let i = 0; i < info.batchSize; i++) use({ address: address + i * bytes, rowBytes }, i);
    return;
  }
  const padded = coveredHeight(info) * coveredWidth(info) * info.inChannels;
  withScratch(backend, padded * FLOAT_BYTES, (scratch) => {
    clearFloats(backend, scratch, padded);
    for (let i = 0; i < info.batchSize; i++) {
      const heap = backend.wasm.HEAPF32;
      const [from, to] = [(address + i * bytes) / FLOAT_BYTES, scratch / FLOAT_BYTES];
      eachSharedRow(info, (inImage, inView, floats) => {
        heap.copyWithin(to + inView, from + inImage, from + inImage + floats);
      });
      use({ address: scratch, rowBytes }, i);
    }
  });
}

/** Calls `use` with a view of each image of a batch that sums may be added to, and fills the batch with them. */
export function addToImages(
  backend: WasmRuntime,
  info: ConvInfo,
  address: number,
  use: (view: ImageView, index: number) => void,
): void {
  const rowBytes = viewRowBytes(info);
  const bytes = imageFloats(info) * FLOAT_BYTES;
  clearFloats(backend, address, info.batchSize * imageFloats(info));
  if (isUnpadded(info)) {
    for (let i = 0; i < info.batchSize; i++) use({ address: address + i * bytes, rowBytes }, i);
    return;
  }
  const padded = coveredHeight(info) * coveredWidth(info) * info.inChannels;
  withScratch(backend, padded * FLOAT_BYTES, (scratch) => {
    for (let i = 0; i < info.batchSize; i++) {
      clearFloats(backend, scratch, padded);
      use({ address: scratch, rowBytes }, i);
      const heap = backend.wasm.HEAPF32;
      const [to, from] = [(address + i * bytes) / FLOAT_BYTES, scratch / FLOAT_BYTES];
      eachSharedRow(info, (inImage, inView, floats) => {
        heap.copyWithin(to + inImage, from + inView, from + inView + floats);
      });
    }
  });
}
