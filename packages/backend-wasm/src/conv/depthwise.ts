import { FLOAT_BYTES } from '../linalg/gemm.js';
import { clearFloats } from '../runtime/scratch.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';
import { type ConvInfo, tapsOf } from './geometry.js';
import { addToImages, readImages, viewRowBytes } from './padded-image.js';

/** Sums `x · filter` over every window, with as many channels in as out. */
export function depthwiseForward(
  backend: WasmRuntime,
  info: ConvInfo,
  x: number,
  filter: number,
  y: number,
): void {
  const { multiplyAddRows } = simdFunctions(backend);
  const { batchSize, outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const pixel = outChannels * FLOAT_BYTES;
  clearFloats(backend, y, batchSize * outHeight * outWidth * outChannels);
  readImages(backend, info, x, (view, image) => {
    for (const { imageOffset, filterOffset } of tapsOf(info, view.rowBytes, 1)) {
      for (let row = 0; row < outHeight; row++) {
        const a = view.address + row * strideHeight * view.rowBytes + imageOffset;
        const out = y + (image * outHeight + row) * outWidth * pixel;
        multiplyAddRows(out, pixel, a, strideWidth * pixel, filter + filterOffset, 0, outWidth, outChannels);
      }
    }
  });
}

/** Adds `dy · filter` to every window of `dx`, with as many channels in as out. */
export function depthwiseBackToInput(
  backend: WasmRuntime,
  info: ConvInfo,
  dx: number,
  filter: number,
  dy: number,
): void {
  const { multiplyAddRows } = simdFunctions(backend);
  const { outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const pixel = outChannels * FLOAT_BYTES;
  addToImages(backend, info, dx, (view, image) => {
    for (const { imageOffset, filterOffset } of tapsOf(info, view.rowBytes, 1)) {
      for (let row = 0; row < outHeight; row++) {
        const out = view.address + row * strideHeight * view.rowBytes + imageOffset;
        const a = dy + (image * outHeight + row) * outWidth * pixel;
        multiplyAddRows(out, strideWidth * pixel, a, pixel, filter + filterOffset, 0, outWidth, outChannels);
      }
    }
  });
}

/** Sums `x · dy` over all windows, with as many channels in as out. */
export function depthwiseBackToFilter(
  backend: WasmRuntime,
  info: ConvInfo,
  x: number,
  filter: number,
  dy: number,
): void {
  const { multiplyAddRows } = simdFunctions(backend);
  const { outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const pixel = outChannels * FLOAT_BYTES;
  const taps = tapsOf(info, viewRowBytes(info), 1);
  clearFloats(backend, filter, taps.length * outChannels);
  readImages(backend, info, x, (view, image) => {
    for (const { imageOffset, filterOffset } of taps) {
      for (let row = 0; row < outHeight; row++) {
        const a = view.address + row * strideHeight * view.rowBytes + imageOffset;
        const b = dy + (image * outHeight + row) * outWidth * pixel;
        multiplyAddRows(filter + filterOffset, 0, a, strideWidth * pixel, b, pixel, outWidth, outChannels);
      }
    }
  });
}
