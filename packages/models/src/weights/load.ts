import { type Model } from '@kdx/core';
import { nonFiniteIn, nonFiniteWeights } from '@kdx/core/run';
import { isPositionParameter } from '@kdx/nn';
import { importState, type Parameter, readSafetensors } from '@kdx/tensor';
import { decodeInfo } from './metadata.js';
import { namePrefix, withoutPrefix } from './prefix.js';

/**
 * Sets a model's parameters and buffers from a safetensors file in PyTorch's names and layouts, all or none. What a wrapper
 * put before all names, such as `module.`, is left out.
 *
 * One thing may be missing: a ViT with convolutional attention (`?mhca=…`) takes the weights of a plain one. Where a file
 * has none of its position parameters (`…attn.rpe.weight`, `…attn.rpe.gate`), they keep their initial values. A file that
 * has some of them is of another such model, and must have them all.
 *
 * @throws KdxError `KDX_WEIGHTS_MISMATCH` for names or shapes that are not the model's; `KDX_WEIGHTS_NON_FINITE` for NaN or
 *   infinite values; `KDX_WEIGHTS_MISSING`, `KDX_WEIGHTS_FORMAT`, `KDX_WEIGHTS_TRUNCATED`, `KDX_WEIGHTS_MALFORMED`,
 *   `KDX_WEIGHTS_METADATA` for a file that cannot be read.
 */
export async function loadWeights(model: Model, file: string): Promise<void> {
  const { tensors: stored, metadata } = await readSafetensors(file);
  const info = decodeInfo(file, metadata);
  const tensors = withoutPrefix(stored, namePrefix(file, [...stored.keys()], model.spec.classHead));
  const isPlain = ![...tensors.keys()].some(isPositionParameter);
  const parameters = isPlain ? withoutPosition(model.parameters) : model.parameters;
  for (const name of [...parameters.keys(), ...model.buffers.keys()]) {
    const values = tensors.get(name)?.data ?? [];
    const found = nonFiniteIn(values);
    if (found) throw nonFiniteWeights(`"${file}" (${model.spec.name})`, name, values.length, found);
  }
  importState(parameters, model.buffers, tensors, { where: file });
  model.weights = { ...info, file };
}

const withoutPosition = (parameters: ReadonlyMap<string, Parameter>): ReadonlyMap<string, Parameter> =>
  new Map([...parameters].filter(([name]) => !isPositionParameter(name)));
