import { FLOAT_BYTES, gemm } from '../linalg/gemm.js';
import { clearFloats, withScratch } from '../runtime/scratch.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';
import { type ConvInfo, tapsOf } from './geometry.js';
import { addToImages, readImages, viewRowBytes } from './padded-image.js';

/** Addresses of the three tensors of a convolution: input or its gradient, filter or its gradient, output. */
export interface ConvAddresses {
  readonly x: number;
  readonly filter: number;
  readonly y: number;
}

/** Whether the convolution is a product of all pixels with one matrix. */
const isPointwise = ({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: ConvInfo): boolean =>
  filterHeight * filterWidth * strideHeight * strideWidth === 1 &&
  padInfo.top + padInfo.bottom + padInfo.left + padInfo.right === 0;

const rowMajor = (address: number, columns: number) => ({ address, row: columns * FLOAT_BYTES });
const plain = (address: number, columns: number) => ({ ...rowMajor(address, columns), column: FLOAT_BYTES });
const flipped = (address: number, columns: number) => ({
  address,
  row: FLOAT_BYTES,
  column: columns * FLOAT_BYTES,
});

const outRowFloats = ({ outWidth, outChannels }: ConvInfo): number => outWidth * outChannels;
const outRowAddress = (info: ConvInfo, y: number, image: number, row: number): number =>
  y + (image * info.outHeight + row) * outRowFloats(info) * FLOAT_BYTES;

/** `y = x * filter`. Every row of output pixels is a product of overlapping windows with a row of the filter. */
export function convolve(backend: WasmRuntime, info: ConvInfo, { x, filter, y }: ConvAddresses): void {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  clearFloats(backend, y, batchSize * outHeight * outRowFloats(info));
  const b = rowMajor(filter, outChannels);
  if (isPointwise(info)) {
    const pixels = batchSize * outHeight * outWidth;
    gemm(backend, plain(x, inChannels), b, rowMajor(y, outChannels), pixels, inChannels, outChannels);
    return;
  }
  const simd = simdFunctions(backend);
  const taps = tapsOf(info, viewRowBytes(info), outChannels);
  const channelRow = outChannels * FLOAT_BYTES;
  readImages(backend, info, x, (view, image) => {
    for (const { imageOffset, filterOffset, width } of taps) {
      for (let row = 0; row < outHeight; row++) {
        const a = view.address + row * strideHeight * view.rowBytes + imageOffset;
        const out = outRowAddress(info, y, image, row);
        const aRow = strideWidth * inChannels * FLOAT_BYTES;
        simd.gemm(
          a,
          aRow,
          FLOAT_BYTES,
          filter + filterOffset,
          channelRow,
          out,
          channelRow,
          outWidth,
          width,
          outChannels,
        );
      }
    }
  });
}

/** The gradient of {@link convolve} with respect to `x`, from that with respect to `y`. */
export function convolveBackToInput(
  backend: WasmRuntime,
  info: ConvInfo,
  { x, filter, y }: ConvAddresses,
): void {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const simd = simdFunctions(backend);
  const taps = tapsOf(info, viewRowBytes(info), outChannels);
  const filterFloats = taps.length * taps[0].width * outChannels;
  const channelRow = outChannels * FLOAT_BYTES;
  withScratch(backend, filterFloats * FLOAT_BYTES, (flippedFilter) => {
    for (const { filterOffset, width } of taps) {
      simd.transpose(
        filter + filterOffset,
        channelRow,
        flippedFilter + filterOffset,
        width * FLOAT_BYTES,
        width,
        outChannels,
      );
    }
    if (isPointwise(info)) {
      const pixels = batchSize * outHeight * outWidth;
      clearFloats(backend, x, pixels * inChannels);
      const b = rowMajor(flippedFilter, inChannels);
      gemm(backend, plain(y, outChannels), b, rowMajor(x, inChannels), pixels, outChannels, inChannels);
      return;
    }
    const outRow = strideWidth * inChannels * FLOAT_BYTES;
    addToImages(backend, info, x, (view, image) => {
      for (const { imageOffset, filterOffset, width } of taps) {
        for (let row = 0; row < outHeight; row++) {
          // Windows overlap, so rows of this product do too; the sums into memory happen one after another.
          const out = view.address + row * strideHeight * view.rowBytes + imageOffset;
          const a = outRowAddress(info, y, image, row);
          const b = flippedFilter + filterOffset;
          simd.gemm(
            a,
            channelRow,
            FLOAT_BYTES,
            b,
            width * FLOAT_BYTES,
            out,
            outRow,
            outWidth,
            outChannels,
            width,
          );
        }
      }
    });
  });
}

/** The gradient of {@link convolve} with respect to `filter`, from that with respect to `y`. */
export function convolveBackToFilter(
  backend: WasmRuntime,
  info: ConvInfo,
  { x, filter, y }: ConvAddresses,
): void {
  const { batchSize, filterHeight, filterWidth, inChannels, outChannels } = info;
  const { outHeight, outWidth, strideHeight, strideWidth } = info;
  clearFloats(backend, filter, filterHeight * filterWidth * inChannels * outChannels);
  if (isPointwise(info)) {
    const pixels = batchSize * outHeight * outWidth;
    const out = rowMajor(filter, outChannels);
    gemm(backend, flipped(x, inChannels), rowMajor(y, outChannels), out, inChannels, pixels, outChannels);
    return;
  }
  const simd = simdFunctions(backend);
  const taps = tapsOf(info, viewRowBytes(info), outChannels);
  const channelRow = outChannels * FLOAT_BYTES;
  readImages(backend, info, x, (view, image) => {
    for (const { imageOffset, filterOffset, width } of taps) {
      for (let row = 0; row < outHeight; row++) {
        const a = view.address + row * strideHeight * view.rowBytes + imageOffset;
        const aStep = strideWidth * inChannels * FLOAT_BYTES;
        const b = outRowAddress(info, y, image, row);
        const out = filter + filterOffset;
        simd.gemm(a, FLOAT_BYTES, aStep, b, channelRow, out, channelRow, width, outWidth, outChannels);
      }
    }
  });
}
