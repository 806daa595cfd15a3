import { importState, type Model, readSafetensors } from '@kdx/core';

/**
 * Sets a model's parameters and buffers from a safetensors file in PyTorch's names and layouts, all or none.
 *
 * @throws KdxError `KDX_WEIGHTS_MISMATCH` for names or shapes that are not the model's; `KDX_WEIGHTS_MISSING`,
 *   `KDX_WEIGHTS_TRUNCATED`, `KDX_WEIGHTS_MALFORMED` for a file that cannot be read.
 */
export async function loadWeights(model: Model, file: string): Promise<void> {
  const { tensors } = await readSafetensors(file);
  importState(model.parameters, model.buffers, tensors, { where: file });
}
