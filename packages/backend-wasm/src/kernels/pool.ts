import { runOnHost } from '@kdx/tensor';
import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { agreesWithXnnpack } from '../conv/geometry.js';
import { type PoolAttrs, poolInfoOf } from '../conv/pool-geometry.js';
import { callKernel, defineKernel, type KernelDefinition } from '../runtime/kernel.js';

/**
 * Stock leaves the output of a 1 × 1 window undefined where strides and padding cancel out, and writes
 * past the end of its output where TensorFlow.js and XNNPACK disagree about the output's size.
 */
const pool = (name: string): KernelDefinition =>
  defineKernel<PoolAttrs>(name, (stock) => (args) => {
    const { inputs, backend, attrs } = args;
    const { x } = inputs;
    const info = poolInfoOf(x.shape, attrs);
    const copies =
      info.filterHeight === 1 && info.filterWidth === 1 && util.arraysEqual(info.inShape, info.outShape);
    if (copies) return callKernel(backend, 'Identity', { x });
    return agreesWithXnnpack(info) ? stock(args) : (runOnHost(backend, name, inputs, attrs) as TensorInfo);
  });

export const POOL_KERNELS: readonly KernelDefinition[] = [pool('AvgPool'), pool('MaxPool')];
