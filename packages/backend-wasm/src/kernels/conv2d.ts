import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { channelsLast, channelsLastShape } from '../conv/channels-last.js';
import { convolve, convolveBackToFilter, convolveBackToInput } from '../conv/convolution.js';
import { agreesWithXnnpack, type ConvAttrs, type ConvInfo, convInfoOf } from '../conv/geometry.js';
import { defineKernel } from '../runtime/kernel.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';

type Convolution = typeof convolve;

/** Runs one of the three convolutions unless nothing is to be computed. */
function run(
  backend: WasmRuntime,
  convolution: Convolution,
  info: ConvInfo,
  [x, filter, y]: readonly TensorInfo[],
  out: TensorInfo,
): TensorInfo {
  if (util.sizeFromShape(out.shape) > 0) {
    const addresses = {
      x: addressOf(backend, x),
      filter: addressOf(backend, filter),
      y: addressOf(backend, y),
    };
    convolution(backend, info, addresses);
  }
  return out;
}

// XNNPACK packs the filter, which pays off where a row of it, met by every row of pixels, outgrows the cache.
const CACHED_FLOATS = 2 ** 18;

const outgrowsCache = ({ filterWidth, filterHeight, inChannels, outChannels }: ConvInfo): boolean =>
  filterHeight > 1 && filterWidth * inChannels * outChannels > CACHED_FLOATS;

/** Convolution of NHWC or NCHW images; stock rejects NCHW. */
export const conv2dKernel = defineKernel<ConvAttrs>('Conv2D', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const { x, filter } = inputs;
  return channelsLast(backend, attrs.dataFormat, [x], true, (image) => {
    const info = convInfoOf(image.shape, filter.shape, attrs);
    if (outgrowsCache(info) && attrs.dataFormat !== 'NCHW' && agreesWithXnnpack(info)) return stock(args);
    const out = backend.makeOutput(info.outShape, 'float32');
    return run(backend, convolve, info, [image, filter, out], out);
  });
});

/** The stock kernel is a scalar loop. */
export const conv2dBackpropInputKernel = defineKernel<ConvAttrs & { readonly inputShape: number[] }>(
  'Conv2DBackpropInput',
  (stock) => (args) => {
    const { inputs, backend, attrs } = args;
    const { dy, filter } = inputs;
    const info = convInfoOf(channelsLastShape(attrs.inputShape, attrs.dataFormat), filter.shape, attrs);
    // `tf.conv2dTranspose` may ask for less than all of the output; stock reads `dy` by its own strides.
    if (!util.arraysEqual(channelsLastShape(dy.shape, attrs.dataFormat), info.outShape)) return stock(args);
    return channelsLast(backend, attrs.dataFormat, [dy], true, (gradient) => {
      const out = backend.makeOutput(info.inShape, 'float32');
      return run(backend, convolveBackToInput, info, [out, filter, gradient], out);
    });
  },
);

/** Stock has none. */
export const conv2dBackpropFilterKernel = defineKernel<ConvAttrs & { readonly filterShape: number[] }>(
  'Conv2DBackpropFilter',
  () =>
    ({ inputs, backend, attrs }) =>
      channelsLast(backend, attrs.dataFormat, [inputs.x, inputs.dy], false, (x, dy) => {
        const info = convInfoOf(x.shape, attrs.filterShape, attrs);
        const out = backend.makeOutput(info.filterShape, 'float32');
        return run(backend, convolveBackToFilter, info, [x, out, dy], out);
      }),
);
