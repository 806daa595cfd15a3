import type { TensorInfo } from '@tensorflow/tfjs';
import { callKernel } from '../runtime/kernel.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';

const NCHW_TO_NHWC = [0, 2, 3, 1];
const NHWC_TO_NCHW = [0, 3, 1, 2];

/**
 * Runs `compute` on NHWC tensors.
 *
 * @param images rank-4 tensors in `dataFormat`, in the order `compute` takes them.
 * @param imageResult whether the result is an image, to be handed back in `dataFormat`, or a filter.
 */
export function channelsLast(
  backend: WasmRuntime,
  dataFormat: string | undefined,
  images: readonly TensorInfo[],
  imageResult: boolean,
  compute: (...images: TensorInfo[]) => TensorInfo,
): TensorInfo {
  if (dataFormat !== 'NCHW') return compute(...images);
  const permute = (x: TensorInfo, perm: readonly number[]): TensorInfo =>
    callKernel(backend, 'Transpose', { x }, { perm });
  const permuted = images.map((image) => permute(image, NCHW_TO_NHWC));
  const result = compute(...permuted);
  for (const { dataId } of permuted) backend.disposeData(dataId);
  if (!imageResult) return result;
  const out = permute(result, NHWC_TO_NCHW);
  backend.disposeData(result.dataId);
  return out;
}

/** A shape given in `dataFormat`, as NHWC. */
export const channelsLastShape = (shape: readonly number[], dataFormat: string | undefined): number[] =>
  dataFormat === 'NCHW' ? NCHW_TO_NHWC.map((axis) => shape[axis]) : [...shape];
