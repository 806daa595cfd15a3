import { isKdxError } from '@kdx/tensor';
import type { Model } from '../contracts/model.js';
import { kdxError } from '../errors.js';
import { checkFiniteModel } from '../weights/finite-state.js';
import { nameWithFile } from '../weights/weight-facts.js';

/**
 * Scores a model whose weights are given. A logit that is not finite is then a fault of the weights or of what they are shown,
 * and no setting of training can help.
 * @throws KdxError `KDX_WEIGHTS_NON_FINITE` naming the tensor, otherwise `KDX_NON_FINITE`
 */
export async function blamingWeights<T>(model: Model, score: () => Promise<T>): Promise<T> {
  try {
    return await score();
  } catch (error) {
    if (!isKdxError(error) || error.code !== 'KDX_NON_FINITE') throw error;
    const { name } = model.spec;
    await checkFiniteModel(model, `The model ${nameWithFile(name, model.weights)}`);
    throw kdxError(
      'KDX_NON_FINITE',
      `The model ${name} gives logits that are not finite, though its weights are; look at its images and its normalisation, or compute with --precision float32.`,
      { cause: error },
    );
  }
}
