import type { TensorInfo } from '@tensorflow/tfjs';
import { backend_util, util } from '@tensorflow/tfjs';
import { FLOAT_BYTES } from '../linalg/gemm.js';
import { float32Array, heapArray } from '../runtime/arrays.js';
import { defineKernel, type KernelDefinition } from '../runtime/kernel.js';
import { clearFloats, withScratch } from '../runtime/scratch.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';

interface ReductionAttrs {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

// Sums of blocks are added up, which keeps the rounding error of long columns small.
const BLOCK_ROWS = 256;

/** A tensor seen as `[outer, rows, columns]` with `rows` to be summed; null where the axes are not adjacent. */
function asRows(shape: readonly number[], axes: readonly number[]): [number, number, number] | null {
  const [first, last] = [Math.min(...axes), Math.max(...axes)];
  if (axes.length === 0 || last - first + 1 !== axes.length || last === shape.length - 1) return null;
  const size = (from: number, to: number): number => util.sizeFromShape(shape.slice(from, to));
  return [size(0, first), size(first, last + 1), size(last + 1, shape.length)];
}

/** Sums rows as the product of a row of ones with the matrix. */
function sumRows(backend: WasmRuntime, x: number, out: number, [outer, rows, columns]: number[]): void {
  const simd = simdFunctions(backend);
  const row = columns * FLOAT_BYTES;
  clearFloats(backend, out, outer * columns);
  withScratch(backend, FLOAT_BYTES, (one) => {
    backend.wasm.HEAPF32[one / FLOAT_BYTES] = 1;
    for (let index = 0; index < outer; index++) {
      for (let start = 0; start < rows; start += BLOCK_ROWS) {
        const block = Math.min(BLOCK_ROWS, rows - start);
        simd.gemm(
          one,
          0,
          0,
          x + (index * rows + start) * row,
          row,
          out + index * row,
          row,
          1,
          block,
          columns,
        );
      }
    }
  });
}

/** Sum and mean of nothing; stock leaves what was in that memory before. */
function zeros(backend: WasmRuntime, shape: number[], dtype: 'float32' | 'int32'): TensorInfo {
  const out = backend.makeOutput(shape, dtype);
  heapArray(backend, out).fill(0);
  return out;
}

/** A reduction over axes that do not include the last; stock transposes the tensor first. */
const reduction = (name: string, finish: (sums: Float32Array, rows: number) => void): KernelDefinition =>
  defineKernel<ReductionAttrs>(name, (stock) => (args) => {
    const { inputs, backend, attrs } = args;
    const x: TensorInfo = inputs.x;
    const axes = util.parseAxisParam(attrs.axis, x.shape);
    const empty = util.sizeFromShape(x.shape) === 0;
    const sizes = x.dtype === 'float32' && !empty ? asRows(x.shape, axes) : null;
    if (sizes === null && !empty) return stock(args);
    const [reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = attrs.keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
    if (sizes === null)
      return zeros(backend, shape, name === 'Sum' && x.dtype !== 'float32' ? 'int32' : 'float32');
    const out = backend.makeOutput(shape, 'float32');
    sumRows(backend, addressOf(backend, x), addressOf(backend, out), sizes);
    finish(float32Array(backend, out), sizes[1]);
    return out;
  });

export const sumKernel = reduction('Sum', () => {});

export const meanKernel = reduction('Mean', (sums, rows) => {
  for (let i = 0; i < sums.length; i++) sums[i] /= rows;
});
