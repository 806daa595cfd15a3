import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { FLOAT_BYTES } from '../linalg/gemm.js';
import { clearFloats } from '../runtime/scratch.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';

/** A tensor `[..., D]` as rows of its last axis. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
  /** Bytes of a row. */
  readonly bytes: number;
}

export function rowsOf({ shape }: TensorInfo): Rows {
  const columns = shape[shape.length - 1];
  const rows = columns === 0 ? 0 : util.sizeFromShape(shape) / columns;
  return { rows, columns, bytes: columns * FLOAT_BYTES };
}

/** A new float32 tensor with its address. Allocating may move the heap's views, never a tensor. */
export function newFloats(backend: WasmRuntime, shape: number[]): { info: TensorInfo; address: number } {
  const info = backend.makeOutput(shape, 'float32');
  return { info, address: addressOf(backend, info) };
}

/** {@link newFloats} of zeros. */
export function newZeros(backend: WasmRuntime, shape: number[]): { info: TensorInfo; address: number } {
  const out = newFloats(backend, shape);
  clearFloats(backend, out.address, util.sizeFromShape(shape));
  return out;
}

// Long columns are summed block by block, which keeps rounding errors small, and what a block reads in the cache.
const BLOCK_ROWS = 256;

/** Calls `each` with the first row and the length of every block of rows, always in the same order. */
export function eachBlock(rows: number, each: (first: number, count: number) => void): void {
  for (let first = 0; first < rows; first += BLOCK_ROWS) each(first, Math.min(BLOCK_ROWS, rows - first));
}
