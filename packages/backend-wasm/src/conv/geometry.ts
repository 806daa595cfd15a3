import { backend_util } from '@tensorflow/tfjs';
import { FLOAT_BYTES } from '../linalg/gemm.js';

/** Sizes of a 2-D convolution over NHWC, as TensorFlow.js computes them. */
export type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

/** Attributes that all convolution kernels share. */
export interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dilations?: [number, number] | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4D = [number, number, number, number];

/** Explicit paddings in NHWC order. */
const channelsLastPad = (pad: ConvAttrs['pad'], dataFormat: string | undefined): ConvAttrs['pad'] =>
  Array.isArray(pad) && dataFormat === 'NCHW' ? [pad[0], pad[2], pad[3], pad[1]] : pad;

/** Sizes of a convolution whose tensors are NHWC already; `attrs` may describe NCHW. */
export function convInfoOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dataFormat, dimRoundingMode }: ConvAttrs,
  depthwise = false,
): ConvInfo {
  return backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    channelsLastPad(pad, dataFormat),
    dimRoundingMode,
    depthwise,
  );
}

/** A part of the filter that meets adjacent elements of an image row. */
export interface Tap {
  /** Bytes from the window's first element. */
  readonly imageOffset: number;
  /** Bytes from the filter's first element. */
  readonly filterOffset: number;
  /** Adjacent elements of the image, and rows of the filter matrix. */
  readonly width: number;
}

/** Padded extent that the windows of one image cover, in elements of each axis. */
export const coveredHeight = (info: ConvInfo): number =>
  (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
export const coveredWidth = (info: ConvInfo): number =>
  (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;

/**
 * The taps of a filter over images whose rows are `rowBytes` apart.
 *
 * @param columns elements per row of the filter matrix: output channels, or 1 for a depthwise filter.
 */
export function tapsOf(info: ConvInfo, rowBytes: number, columns: number): Tap[] {
  const { filterHeight, filterWidth, dilationHeight, dilationWidth, inChannels } = info;
  // Without dilation the window's pixels lie side by side, so a whole row of the filter is one tap.
  const pixels = dilationWidth === 1 && columns > 1 ? filterWidth : 1;
  const taps: Tap[] = [];
  for (let row = 0; row < filterHeight; row++) {
    for (let column = 0; column < filterWidth; column += pixels) {
      taps.push({
        imageOffset: row * dilationHeight * rowBytes + column * dilationWidth * inChannels * FLOAT_BYTES,
        filterOffset: (row * filterWidth + column) * inChannels * columns * FLOAT_BYTES,
        width: pixels * inChannels,
      });
    }
  }
  return taps;
}

/**
 * Whether XNNPACK, which derives the output's size from the padding, arrives at the size TensorFlow.js allocates.
 * With one number as padding the latter takes a filter for square.
 */
export function agreesWithXnnpack(info: ConvInfo): boolean {
  const { padInfo } = info;
  const size = (padded: number, filter: number, stride: number): number =>
    Math.floor((padded - filter) / stride) + 1;
  const height = info.inHeight + padInfo.top + padInfo.bottom;
  const width = info.inWidth + padInfo.left + padInfo.right;
  return (
    size(height, info.effectiveFilterHeight, info.strideHeight) === info.outHeight &&
    size(width, info.effectiveFilterWidth, info.strideWidth) === info.outWidth
  );
}
