import type { TensorInfo } from '@tensorflow/tfjs';
import { broadcast_util, util } from '@tensorflow/tfjs';
import { FLOAT_BYTES, gemm } from '../linalg/gemm.js';
import { heapArray } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';
import { clearFloats, withScratch } from '../runtime/scratch.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';
import { batchOffsets } from './batch-offsets.js';

/** Attributes of `BatchMatMul`. */
export interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** One product among many of the same shape: where its matrices begin, counted in whole matrices. */
interface Batches {
  readonly count: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
}

/** `[m, k, n]` of the product, all batches left out. */
type Sizes = readonly [m: number, k: number, n: number];

function floatProduct(
  backend: WasmRuntime,
  [a, b, out]: readonly TensorInfo[],
  { transposeA, transposeB }: MatMulAttrs,
  [m, k, n]: Sizes,
  batches: Batches,
): void {
  const product = (index: number, bAddress: number, rows: number): void => {
    const address = addressOf(backend, a) + batches.a[index] * m * k * FLOAT_BYTES;
    const left = transposeA
      ? { address, row: FLOAT_BYTES, column: m * FLOAT_BYTES }
      : { address, row: k * FLOAT_BYTES, column: FLOAT_BYTES };
    const outAddress = addressOf(backend, out) + index * m * n * FLOAT_BYTES;
    gemm(
      backend,
      left,
      { address: bAddress, row: n * FLOAT_BYTES },
      { address: outAddress, row: n * FLOAT_BYTES },
      rows,
      k,
      n,
    );
  };
  const bAddress = (index: number): number => addressOf(backend, b) + batches.b[index] * k * n * FLOAT_BYTES;
  clearFloats(backend, addressOf(backend, out), batches.count * m * n);
  // Matrices of `a` that share one `b` are rows of one tall matrix.
  const tall =
    !transposeA && batches.b.every((offset) => offset === 0) && batches.a.every((offset, i) => offset === i);
  const [products, rows] = tall ? [1, batches.count * m] : [batches.count, m];
  if (!transposeB) {
    for (let index = 0; index < products; index++) product(index, bAddress(index), rows);
    return;
  }
  const { transpose } = simdFunctions(backend);
  withScratch(backend, k * n * FLOAT_BYTES, (scratch) => {
    for (let index = 0; index < products; index++) {
      transpose(bAddress(index), k * FLOAT_BYTES, scratch, n * FLOAT_BYTES, n, k);
      product(index, scratch, rows);
    }
  });
}

/** The product in plain loops, for element types without a compiled product. */
function loopProduct(
  backend: WasmRuntime,
  operands: readonly TensorInfo[],
  { transposeA, transposeB }: MatMulAttrs,
  [m, k, n]: Sizes,
  batches: Batches,
): void {
  const [a, b, out] = operands.map((info) => heapArray(backend, info));
  const [aRow, aStep] = transposeA ? [1, m] : [k, 1];
  const [bStep, bColumn] = transposeB ? [1, k] : [n, 1];
  for (let index = 0; index < out.length; index++) {
    const batch = Math.floor(index / (m * n));
    const aStart = batches.a[batch] * m * k + (Math.floor(index / n) % m) * aRow;
    const bStart = batches.b[batch] * k * n + (index % n) * bColumn;
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a[aStart + p * aStep] * b[bStart + p * bStep];
    out[index] = sum;
  }
}

/**
 * `op(a)[…,m,k] · op(b)[…,k,n]` with batch dimensions that broadcast.
 *
 * The stock kernel multiplies element by element unless there is one batch and no transpose.
 */
export function batchMatMul(
  backend: WasmRuntime,
  a: TensorInfo,
  b: TensorInfo,
  attrs: MatMulAttrs,
): TensorInfo {
  util.assert(
    a.shape.length >= 2 && b.shape.length >= 2,
    () => `Error in matMul: Tensors of shapes ${a.shape} and ${b.shape} must have rank 2 or more.`,
  );
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [m, k] = attrs.transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [bInner, n] = attrs.transposeB ? [bColumns, bRows] : [bRows, bColumns];
  util.assert(k === bInner, () =>
    [
      `Error in matMul: inner shapes (${k}) and (${bInner}) of Tensors with shapes ${a.shape} and ${b.shape}`,
      `and transposeA=${attrs.transposeA} and transposeB=${attrs.transposeB} must match.`,
    ].join(' '),
  );
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outBatch = broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const out = backend.makeOutput([...outBatch, m, n], a.dtype);
  const batches = {
    count: util.sizeFromShape(outBatch),
    a: batchOffsets(aBatch, outBatch),
    b: batchOffsets(bBatch, outBatch),
  };
  if (batches.count * m * n === 0) return out;
  const product = a.dtype === 'float32' && b.dtype === 'float32' ? floatProduct : loopProduct;
  product(backend, [a, b, out], attrs, [m, k, n], batches);
  return out;
}

export const batchMatMulKernel = defineKernel<MatMulAttrs>(
  'BatchMatMul',
  () =>
    ({ inputs, backend, attrs }) =>
      batchMatMul(backend, inputs.a, inputs.b, attrs),
);
