import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { heapArray, isNumeric, withShape } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';
import { trainingFunctions } from './functions.js';

/** One axis of the output: its length, and how far apart its elements are in the input and in the output. */
interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

// A tile of this many rows of 4-byte elements stays in the first-level cache while its columns are written.
const TILE_ROWS = 64;
const WORD = 4;

/** The output's axes, outermost first, without those of one element and with neighbours that stay together merged. */
export function outputAxes(shape: number[], perm: readonly number[]): Axis[] {
  const strides = shape.map((_, axis) => util.sizeFromShape(shape.slice(axis + 1)));
  const kept = perm.filter((axis) => shape[axis] !== 1);
  const groups: { size: number; from: number }[] = [];
  for (const axis of kept) {
    const last = groups.at(-1);
    if (last !== undefined && last.from === strides[axis] * shape[axis]) {
      last.size *= shape[axis];
      last.from = strides[axis];
    } else groups.push({ size: shape[axis], from: strides[axis] });
  }
  let to = util.sizeFromShape(shape);
  return groups.map(({ size, from }) => {
    to /= size;
    return { size, from, to };
  });
}

/** Calls `each` with the offsets of every combination of indices, in the order of the output. */
function eachOffset(axes: readonly Axis[], each: (from: number, to: number) => void, from = 0, to = 0): void {
  if (axes.length === 0) {
    each(from, to);
    return;
  }
  const [axis, ...rest] = axes;
  for (let i = 0; i < axis.size; i++) eachOffset(rest, each, from + i * axis.from, to + i * axis.to);
}

const ONE_STEP: Axis = { size: 1, from: 0, to: 0 };

/** The innermost axis stays: gathers runs of adjacent elements. */
function gatherRuns(backend: WasmRuntime, axes: readonly Axis[], from: number, to: number): void {
  const { copyRuns } = trainingFunctions(backend);
  const run = axes.at(-1)!;
  const [outer, inner] = [ONE_STEP, ONE_STEP, ...axes.slice(0, -1)].slice(-2);
  eachOffset(axes.slice(0, -3), (source, target) =>
    copyRuns(
      from + source * WORD,
      outer.from * WORD,
      inner.from * WORD,
      to + target * WORD,
      outer.size,
      inner.size,
      run.size * WORD,
    ),
  );
}

/** The innermost axis moves: transposes the planes that it spans with the output's innermost axis. */
function transposePlanes(backend: WasmRuntime, axes: readonly Axis[], from: number, to: number): void {
  const { transpose } = simdFunctions(backend);
  const rows = axes.at(-1)!;
  const columns = axes.find((axis) => axis.from === 1)!;
  const others = axes.filter((axis) => axis !== rows && axis !== columns);
  eachOffset(others, (source, target) => {
    for (let row = 0; row < rows.size; row += TILE_ROWS) {
      transpose(
        from + (source + row * rows.from) * WORD,
        rows.from * WORD,
        to + (target + row) * WORD,
        columns.to * WORD,
        Math.min(TILE_ROWS, rows.size - row),
        columns.size,
      );
    }
  });
}

function copyBytes(backend: WasmRuntime, axes: readonly Axis[], x: TensorInfo, out: TensorInfo): void {
  const [from, to] = [x, out].map((info) => heapArray(backend, info));
  const inner = axes.at(-1)!;
  eachOffset(axes.slice(0, -1), (source, target) => {
    for (let i = 0; i < inner.size; i++) to[target + i] = from[source + i * inner.from];
  });
}

/** Any rank and order of axes; stock goes element by element beyond the orders that it knows. */
export const transposeKernel = defineKernel<{ readonly perm: number[] }>('Transpose', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const { x } = inputs;
  if (!isNumeric(x)) return stock(args);
  const shape = attrs.perm.map((axis) => x.shape[axis]);
  const axes = outputAxes(x.shape, attrs.perm);
  if (axes.length < 2) {
    // Every element stays in its place.
    backend.incRef(x.dataId);
    return withShape(x, shape);
  }
  const out = backend.makeOutput(shape, x.dtype);
  if (util.sizeFromShape(shape) === 0) return out;
  if (x.dtype === 'bool') copyBytes(backend, axes, x, out);
  else {
    const move = axes.at(-1)!.from === 1 ? gatherRuns : transposePlanes;
    move(backend, axes, addressOf(backend, x), addressOf(backend, out));
  }
  return out;
});
