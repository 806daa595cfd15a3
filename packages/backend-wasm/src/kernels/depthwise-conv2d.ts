import { util } from '@tensorflow/tfjs';
import { depthwiseBackToFilter, depthwiseBackToInput, depthwiseForward } from '../conv/depthwise.js';
import { agreesWithXnnpack, type ConvAttrs, type ConvInfo, convInfoOf } from '../conv/geometry.js';
import { FLOAT_BYTES } from '../linalg/gemm.js';
import { defineKernel } from '../runtime/kernel.js';
import { withScratch } from '../runtime/scratch.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';

/** The same convolution with every input channel repeated for each of its filters: one filter per channel. */
const oneFilterPerChannel = (info: ConvInfo): ConvInfo => ({ ...info, inChannels: info.outChannels });

const inputFloats = (info: ConvInfo): number =>
  info.batchSize * info.inHeight * info.inWidth * info.inChannels;

/** Repeats each of `size` floats at `from` for every filter of its channel. */
function repeatChannels({ wasm }: WasmRuntime, from: number, to: number, size: number, times: number): void {
  const heap = wasm.HEAPF32;
  for (let i = 0; i < size; i++) {
    const start = to / FLOAT_BYTES + i * times;
    heap.fill(heap[from / FLOAT_BYTES + i], start, start + times);
  }
}

/** Sums groups of `times` floats at `from` into each of `size` floats. */
function sumChannels({ wasm }: WasmRuntime, from: number, to: number, size: number, times: number): void {
  const heap = wasm.HEAPF32;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < times; j++) sum += heap[from / FLOAT_BYTES + i * times + j];
    heap[to / FLOAT_BYTES + i] = sum;
  }
}

/** Stock writes past the end of its output where TensorFlow.js and XNNPACK disagree about the output's size. */
export const depthwiseConv2dKernel = defineKernel<ConvAttrs>('DepthwiseConv2dNative', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const info = convInfoOf(inputs.x.shape, inputs.filter.shape, attrs, true);
  if (agreesWithXnnpack(info)) return stock(args);
  const out = backend.makeOutput(info.outShape, 'float32');
  const times = info.outChannels / info.inChannels;
  const [x, filter, y] = [inputs.x, inputs.filter, out].map((tensor) => addressOf(backend, tensor));
  if (times === 1) {
    depthwiseForward(backend, info, x, filter, y);
    return out;
  }
  withScratch(backend, inputFloats(info) * times * FLOAT_BYTES, (repeated) => {
    repeatChannels(backend, x, repeated, inputFloats(info), times);
    depthwiseForward(backend, oneFilterPerChannel(info), repeated, filter, y);
  });
  return out;
});

/** Stock has none. */
export const depthwiseBackpropInputKernel = defineKernel<ConvAttrs & { readonly inputShape: number[] }>(
  'DepthwiseConv2dNativeBackpropInput',
  () =>
    ({ inputs, backend, attrs }) => {
      const info = convInfoOf(attrs.inputShape, inputs.filter.shape, attrs, true);
      const dx = backend.makeOutput(info.inShape, 'float32');
      if (util.sizeFromShape(dx.shape) === 0) return dx;
      const times = info.outChannels / info.inChannels;
      const [filter, dy] = [inputs.filter, inputs.dy].map((tensor) => addressOf(backend, tensor));
      if (times === 1) {
        depthwiseBackToInput(backend, info, addressOf(backend, dx), filter, dy);
        return dx;
      }
      withScratch(backend, inputFloats(info) * times * FLOAT_BYTES, (repeated) => {
        depthwiseBackToInput(backend, oneFilterPerChannel(info), repeated, filter, dy);
        sumChannels(backend, repeated, addressOf(backend, dx), inputFloats(info), times);
      });
      return dx;
    },
);

/** Stock has none. */
export const depthwiseBackpropFilterKernel = defineKernel<ConvAttrs & { readonly filterShape: number[] }>(
  'DepthwiseConv2dNativeBackpropFilter',
  () =>
    ({ inputs, backend, attrs }) => {
      const info = convInfoOf(inputs.x.shape, attrs.filterShape, attrs, true);
      const filter = backend.makeOutput(attrs.filterShape, 'float32');
      if (util.sizeFromShape(filter.shape) === 0) return filter;
      const times = info.outChannels / info.inChannels;
      const [x, dy] = [inputs.x, inputs.dy].map((tensor) => addressOf(backend, tensor));
      if (times === 1) {
        depthwiseBackToFilter(backend, info, x, addressOf(backend, filter), dy);
        return filter;
      }
      withScratch(backend, inputFloats(info) * times * FLOAT_BYTES, (repeated) => {
        repeatChannels(backend, x, repeated, inputFloats(info), times);
        depthwiseBackToFilter(backend, oneFilterPerChannel(info), repeated, addressOf(backend, filter), dy);
      });
      return filter;
    },
);
