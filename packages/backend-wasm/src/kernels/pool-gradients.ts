import { util } from '@tensorflow/tfjs';
import { depthwiseBackToInput } from '../conv/depthwise.js';
import type { ConvInfo } from '../conv/geometry.js';
import { type PoolAttrs, poolInfoOf } from '../conv/pool-geometry.js';
import { FLOAT_BYTES } from '../linalg/gemm.js';
import { float32Array } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';
import { withScratch } from '../runtime/scratch.js';
import { addressOf } from '../runtime/wasm-runtime.js';

/** The gradient of a depthwise convolution whose filter is constant; stock is a scalar loop. */
export const avgPoolGradKernel = defineKernel<PoolAttrs>(
  'AvgPoolGrad',
  () =>
    ({ inputs, backend, attrs }) => {
      const { dy, input } = inputs;
      const info = poolInfoOf(input.shape, attrs);
      const dx = backend.makeOutput(input.shape, 'float32');
      if (util.sizeFromShape(dx.shape) === 0) return dx;
      const window = info.filterHeight * info.filterWidth;
      const filterFloats = window * info.inChannels;
      withScratch(backend, filterFloats * FLOAT_BYTES, (filter) => {
        const start = filter / FLOAT_BYTES;
        backend.wasm.HEAPF32.fill(1 / window, start, start + filterFloats);
        depthwiseBackToInput(backend, info, addressOf(backend, dx), filter, addressOf(backend, dy));
      });
      return dx;
    },
);

/** Hands the gradient of each window to the first of its largest elements; stock is slower by far. */
export const maxPoolGradKernel = defineKernel<PoolAttrs>(
  'MaxPoolGrad',
  () =>
    ({ inputs, backend, attrs }) => {
      const { dy, input } = inputs;
      const dx = backend.makeOutput(input.shape, 'float32');
      const [values, incoming, gradient] = [input, dy, dx].map((info) => float32Array(backend, info));
      gradient.fill(0);
      if (gradient.length > 0) scatterToMaxima(poolInfoOf(input.shape, attrs), values, incoming, gradient);
      return dx;
    },
);

function scatterToMaxima(info: ConvInfo, x: Float32Array, dy: Float32Array, dx: Float32Array): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = info;
  const largest = new Float32Array(inChannels);
  const positions = new Int32Array(inChannels);
  let arriving = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const top = outRow * info.strideHeight - padInfo.top;
      const [firstRow, lastRow] = [Math.max(0, top), Math.min(inHeight, top + info.filterHeight)];
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const left = outColumn * info.strideWidth - padInfo.left;
        const [first, last] = [Math.max(0, left), Math.min(inWidth, left + info.filterWidth)];
        largest.fill(Number.NEGATIVE_INFINITY);
        positions.fill(-1);
        for (let row = firstRow; row < lastRow; row++) {
          for (let column = first; column < last; column++) {
            const pixel = ((image * inHeight + row) * inWidth + column) * inChannels;
            for (let channel = 0; channel < inChannels; channel++) {
              const value = x[pixel + channel];
              if (value > largest[channel]) {
                largest[channel] = value;
                positions[channel] = pixel + channel;
              }
            }
          }
        }
        for (let channel = 0; channel < inChannels; channel++, arriving++) {
          if (positions[channel] >= 0) dx[positions[channel]] += dy[arriving];
        }
      }
    }
  }
}
