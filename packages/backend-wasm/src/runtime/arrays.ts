import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { addressOf, type WasmRuntime } from './wasm-runtime.js';

/** The typed arrays in which tensors of numbers lie on the heap. */
export type HeapArray = Float32Array | Int32Array | Uint8Array;

/**
 * A tensor's elements on the heap, without a copy. Valid until the next allocation: memory that grows gets a
 * new buffer.
 */
export function heapArray(backend: WasmRuntime, info: TensorInfo): HeapArray {
  const { buffer } = backend.wasm.HEAPU8;
  const address = addressOf(backend, info);
  const size = util.sizeFromShape(info.shape);
  if (info.dtype === 'float32') return new Float32Array(buffer, address, size);
  if (info.dtype === 'int32') return new Int32Array(buffer, address, size);
  return new Uint8Array(buffer, address, size);
}

/** {@link heapArray} of a float32 tensor. */
export function float32Array(backend: WasmRuntime, info: TensorInfo): Float32Array {
  return new Float32Array(
    backend.wasm.HEAPU8.buffer,
    addressOf(backend, info),
    util.sizeFromShape(info.shape),
  );
}

/** Whether elements of this type lie on the heap as numbers. */
export const isNumeric = ({ dtype }: TensorInfo): boolean =>
  dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

/** The same elements under another shape; shares the data and its reference count. */
export const withShape = (info: TensorInfo, shape: number[]): TensorInfo => ({
  dataId: info.dataId,
  dtype: info.dtype,
  shape,
});
