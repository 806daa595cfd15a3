import { hasKernel, type KdxKernels, runKernel } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';

type T = tf.Tensor;

/**
 * Runs the current back end's fused kernel, or returns undefined where it has none. Also undefined while ops are being
 * recorded: a fused kernel has no gradient on the tape, so a nested gradient needs the composition.
 */
export function fused<K extends keyof KdxKernels>(
  name: K,
  inputs: KdxKernels[K]['inputs'],
  attributes: KdxKernels[K]['attributes'],
): KdxKernels[K]['outputs'] | undefined {
  if (!hasKernel(name) || tape.isOn()) return undefined;
  const present = Object.entries(inputs as Record<string, T | undefined>).filter(([, t]) => t !== undefined);
  const outputs = runKernel(name, Object.fromEntries(present) as tf.NamedTensorMap, { ...attributes });
  return outputs as KdxKernels[K]['outputs'];
}
