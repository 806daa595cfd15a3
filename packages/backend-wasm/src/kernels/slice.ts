import type { TensorInfo } from '@tensorflow/tfjs';
import { backend_util, slice_util, util } from '@tensorflow/tfjs';
import { heapArray, isNumeric } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';

// Below this a loop beats a call that moves memory.
const SHORT_RUN = 32;

/** Copies the slice alone; stock copies the whole tensor first. */
function slice(backend: WasmRuntime, x: TensorInfo, begin: readonly number[], size: number[]): TensorInfo {
  const out = backend.makeOutput(size, x.dtype);
  const [from, to] = [x, out].map((info) => heapArray(backend, info));
  if (to.length === 0) return out;
  const rank = size.length;
  const strides = [...util.computeStrides(x.shape), 1].slice(-rank);
  // The axes after this one are taken whole, so that its slices are adjacent.
  const inner = size.findLastIndex((length, axis) => length !== x.shape[axis]);
  const runAxis = Math.max(inner, 0);
  const run = rank === 0 ? 1 : size[runAxis] * strides[runAxis];
  let written = 0;
  const copy = (axis: number, offset: number): void => {
    if (axis < runAxis) {
      for (let i = 0; i < size[axis]; i++) copy(axis + 1, offset + (begin[axis] + i) * strides[axis]);
      return;
    }
    const start = rank === 0 ? 0 : offset + begin[axis] * strides[axis];
    if (run < SHORT_RUN) for (let i = 0; i < run; i++) to[written + i] = from[start + i];
    else to.set(from.subarray(start, start + run), written);
    written += run;
  };
  copy(0, 0);
  return out;
}

export const sliceKernel = defineKernel<{
  readonly begin: number | number[];
  readonly size: number | number[];
}>('Slice', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const { x } = inputs;
  const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size);
  slice_util.assertParamsValid(x, begin, size);
  return isNumeric(x) ? slice(backend, x, begin, size) : stock(args);
});

interface SplitAttrs {
  readonly numOrSizeSplits: number | number[];
  readonly axis: number;
}

export const splitKernel = defineKernel<SplitAttrs>('SplitV', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const { x } = inputs;
  if (!isNumeric(x)) return stock(args);
  const [axis] = util.parseAxisParam(attrs.axis, x.shape);
  const begin = x.shape.map(() => 0);
  return backend_util
    .prepareSplitSize(x as Parameters<typeof backend_util.prepareSplitSize>[0], attrs.numOrSizeSplits, axis)
    .map((length) => {
      const piece = slice(
        backend,
        x,
        begin,
        x.shape.map((size, i) => (i === axis ? length : size)),
      );
      begin[axis] += length;
      return piece;
    });
});
