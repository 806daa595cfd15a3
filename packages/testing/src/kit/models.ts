import type { Model, ModelRecipe } from '@kdx/core';
import { model } from '@kdx/models';
import type { Parameter } from '@kdx/tensor';
import { keyedRng } from '@kdx/tensor';
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

/**
 * Shifts what batch norms give to 3 from 0, where a ReLU has its kink; every fourth channel below, where it gives nothing.
 * Finite differences do not settle where thousands of values change side.
 */
export function clearKinks({ parameters, buffers }: Pick<Model, 'parameters' | 'buffers'>): void {
  for (const name of buffers.keys()) {
    if (!name.endsWith('running_mean')) continue;
    const norm = name.slice(0, -'running_mean'.length);
    const [scale, shift] = ['weight', 'bias'].map((part) => parameters.get(norm + part)?.variable);
    tf.tidy(() => {
      scale?.assign(tf.mul(scale, 0.5));
      shift?.assign(
        tf.add(shift, tf.tensor(Float32Array.from({ length: shift.size }, (_, c) => (c % 4 === 3 ? -3 : 3)))),
      );
    });
  }
}

/** Adds normal noise of deviation 0.2 to each parameter, keyed by its name. */
export function spreadParameters(parameters: ReadonlyMap<string, Parameter>, key: string): void {
  for (const [name, { variable }] of parameters) {
    const rng = keyedRng(11, key, name);
    const noise = Float32Array.from({ length: variable.size }, () => 0.2 * rng.normal());
    tf.tidy(() => variable.assign(tf.add(variable, tf.tensor(noise, variable.shape))));
  }
}
