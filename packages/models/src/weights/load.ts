import { importState, type Model, type Parameter, readSafetensors } from '@kdx/core';
import { isPositionParameter } from '@kdx/nn';
import { rememberInfo } from '../predict/known-info.js';
import { decodeInfo } from './metadata.js';

/**
 * Sets a model's parameters and buffers from a safetensors file in PyTorch's names and layouts, all or none.
 *
 * One thing may be missing: a ViT with convolutional attention (`?mhca=…`) takes the weights of a plain one. Where a file
 * has none of its position parameters (`…attn.rpe.weight`, `…attn.rpe.gate`), they keep their initial values. A file that
 * has some of them is of another such model, and must have them all.
 *
 * @throws KdxError `KDX_WEIGHTS_MISMATCH` for names or shapes that are not the model's; `KDX_WEIGHTS_MISSING`,
 *   `KDX_WEIGHTS_TRUNCATED`, `KDX_WEIGHTS_MALFORMED`, `KDX_WEIGHTS_METADATA` for a file that cannot be read.
 */
export async function loadWeights(model: Model, file: string): Promise<void> {
  const { tensors, metadata } = await readSafetensors(file);
  const info = decodeInfo(file, metadata);
  const isPlain = ![...tensors.keys()].some(isPositionParameter);
  const parameters = isPlain ? withoutPosition(model.parameters) : model.parameters;
  importState(parameters, model.buffers, tensors, { where: file });
  rememberInfo(model, info);
}

const withoutPosition = (parameters: ReadonlyMap<string, Parameter>): ReadonlyMap<string, Parameter> =>
  new Map([...parameters].filter(([name]) => !isPositionParameter(name)));
