import type { Model, ModelRecipe, Parameter } from '@kdx/core';
import { keyedRng } from '@kdx/core';
import { model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import { tinyCnn } from './tiny-cnn.js';

/**
 * The kit's own models, for images of 8×8×3: a CNN with batch norm and taps `layer1` … `layer3`, and a ViT of three
 * blocks that takes a distillation token.
 */
export type KitModel = 'cnn' | 'vit';

/** A recipe of the kit's own, or the author's. */
export function kitModel(which: KitModel | ModelRecipe): ModelRecipe {
  if (typeof which === 'object') return which;
  return spread(
    which === 'cnn' ? tinyCnn : model('vit_tiny_patch16_224?img=8&patch=4&dim=16&depth=3&heads=2'),
  );
}

/** The same models far from their first values, where logits are small and much of a gradient is nearly nothing. */
const spread = (recipe: ModelRecipe): ModelRecipe => ({
  name: recipe.name,
  supports: recipe.supports,
  adapt: (adaptation, value) => spread(recipe.adapt(adaptation, value)),
  build: async (options): Promise<Model> => {
    const built = await recipe.build(options);
    spreadParameters(built.parameters, recipe.name);
    return built;
  },
});

/** Adds normal noise of deviation 0.2 to each parameter, keyed by its name. */
export function spreadParameters(parameters: ReadonlyMap<string, Parameter>, key: string): void {
  for (const [name, { variable }] of parameters) {
    const rng = keyedRng(11, key, name);
    const noise = Float32Array.from({ length: variable.size }, () => 0.2 * rng.normal());
    tf.tidy(() => variable.assign(tf.add(variable, tf.tensor(noise, variable.shape))));
  }
}
