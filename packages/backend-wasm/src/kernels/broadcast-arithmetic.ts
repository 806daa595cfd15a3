import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { defineKernel, type KernelDefinition } from '../runtime/kernel.js';
import { addressOf } from '../runtime/wasm-runtime.js';
import { type SimdFunctions, simdFunctions } from '../simd/simd-functions.js';

type RowOperation = 'addRow' | 'subtractRow' | 'multiplyRow' | 'divideRow';

// A shorter row costs more in loop overhead than XNNPACK's general broadcasting does.
const LEAST_COLUMNS = 8;

/** Whether `row` is one value per element of the last axis of `full`, or of its last axes. */
function isRowOf(row: TensorInfo, full: TensorInfo): boolean {
  const shape = row.shape.slice(row.shape.findIndex((size) => size !== 1));
  const columns = util.sizeFromShape(shape);
  if (columns < LEAST_COLUMNS || row.shape.length > full.shape.length) return false;
  return columns < util.sizeFromShape(full.shape) && util.arraysEqual(full.shape.slice(-shape.length), shape);
}

/** A bias, a scale or a mean per channel combined with a whole tensor; stock does all other cases. */
const withRow = (
  name: string,
  operation: RowOperation & keyof SimdFunctions,
  commutes: boolean,
): KernelDefinition =>
  defineKernel(name, (stock) => (args) => {
    const { inputs, backend } = args;
    const { a, b } = inputs;
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return stock(args);
    const [full, row] = commutes && isRowOf(a, b) ? [b, a] : [a, b];
    if (!isRowOf(row, full)) return stock(args);
    const out = backend.makeOutput(full.shape, 'float32');
    const [to, from, values] = [out, full, row].map((info) => addressOf(backend, info));
    const columns = util.sizeFromShape(row.shape);
    simdFunctions(backend)[operation](to, from, values, util.sizeFromShape(full.shape) / columns, columns);
    return out;
  });

export const BROADCAST_KERNELS: readonly KernelDefinition[] = [
  withRow('Add', 'addRow', true),
  withRow('Multiply', 'multiplyRow', true),
  withRow('RealDiv', 'divideRow', false),
  withRow('Sub', 'subtractRow', false),
];
