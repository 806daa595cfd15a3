import type { z } from 'zod';
import type { ModelDefinition } from './definition.js';
import { createRecipe, type TypedRecipe } from './recipe.js';

/**
 * A model of your own from layers, as a recipe that works wherever a zoo name does.
 *
 * ```ts
 * const twoLayer = defineModel({
 *   name: 'two_layer',
 *   options: z.object({ width: z.number().int().default(32).describe('channels') }),
 *   build: (scope, { classes, imageSize, options }) => {
 *     const trunk = new Trunk(scope, imageSize, options.width);
 *     return { trunk, heads: { class: new Linear(scope.child('head'), options.width, classes) } };
 *   },
 * });
 * const wide = twoLayer.with({ width: 64 });
 * ```
 */
export function defineModel<S extends z.ZodObject>(definition: ModelDefinition<S>): TypedRecipe<S> {
  return createRecipe(definition, {}, undefined);
}
