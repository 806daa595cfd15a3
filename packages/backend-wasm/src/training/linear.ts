import type { TensorInfo } from '@tensorflow/tfjs';
import { FLOAT_BYTES, gemm } from '../linalg/gemm.js';
import { defineKernel } from '../runtime/kernel.js';
import { withScratch } from '../runtime/scratch.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';
import { newFloats, newZeros, rowsOf } from './matrix.js';

const rowMajor = (address: number, columns: number) => ({
  address,
  row: columns * FLOAT_BYTES,
  column: FLOAT_BYTES,
});
const flipped = (address: number, columns: number) => ({
  address,
  row: FLOAT_BYTES,
  column: columns * FLOAT_BYTES,
});

/** Copies a row over all rows, doubling what is copied each time. */
function repeatRow(backend: WasmRuntime, row: TensorInfo, to: number, rows: number, bytes: number): void {
  const heap = backend.wasm.HEAPU8;
  const from = addressOf(backend, row);
  if (rows * bytes === 0) return;
  heap.copyWithin(to, from, from + bytes);
  for (let done = bytes; done < rows * bytes; done *= 2) {
    heap.copyWithin(to + done, to, to + Math.min(done, rows * bytes - done));
  }
}

/** The product is added to rows of the bias. */
export const linearKernel = defineKernel('KdxLinear', () => ({ inputs: { x, weight, bias }, backend }) => {
  const { rows, columns } = rowsOf(x);
  const fanOut = weight.shape[1];
  const shape = [...x.shape.slice(0, -1), fanOut];
  const y = bias == null ? newZeros(backend, shape) : newFloats(backend, shape);
  if (bias != null) repeatRow(backend, bias, y.address, rowsOf(y.info).rows, fanOut * FLOAT_BYTES);
  const [a, b] = [rowMajor(addressOf(backend, x), columns), rowMajor(addressOf(backend, weight), fanOut)];
  gemm(backend, a, b, rowMajor(y.address, fanOut), rows, columns, fanOut);
  return [y.info];
});

export const linearGradInputKernel = defineKernel(
  'KdxLinearGradInput',
  () =>
    ({ inputs: { dy, weight }, backend }) => {
      const { rows } = rowsOf(dy);
      const [fanIn, fanOut] = weight.shape;
      const dx = newZeros(backend, [...dy.shape.slice(0, -1), fanIn]);
      withScratch(backend, fanIn * fanOut * FLOAT_BYTES, (scratch) => {
        const { transpose } = simdFunctions(backend);
        const weightAt = addressOf(backend, weight);
        transpose(weightAt, fanOut * FLOAT_BYTES, scratch, fanIn * FLOAT_BYTES, fanIn, fanOut);
        const a = rowMajor(addressOf(backend, dy), fanOut);
        gemm(backend, a, rowMajor(scratch, fanIn), rowMajor(dx.address, fanIn), rows, fanOut, fanIn);
      });
      return [dx.info];
    },
);

export const linearGradWeightKernel = defineKernel(
  'KdxLinearGradWeight',
  () =>
    ({ inputs: { x, dy }, backend }) => {
      const [{ rows, columns: fanIn }, { columns: fanOut }] = [rowsOf(x), rowsOf(dy)];
      const dweight = newZeros(backend, [fanIn, fanOut]);
      const [a, b] = [flipped(addressOf(backend, x), fanIn), rowMajor(addressOf(backend, dy), fanOut)];
      gemm(backend, a, b, rowMajor(dweight.address, fanOut), fanIn, rows, fanOut);
      return [dweight.info];
    },
);
