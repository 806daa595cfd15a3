import { isKdxError, type KdxError, messageOf } from '@kdx/tensor';
import type { BuildOptions, Model, ModelRecipe } from '../contracts/model.js';
import { kdxError } from '../errors.js';
import { inPlugin } from '../plugin-scope.js';
import { model as modelShape, recipe as recipeShape } from './model-kinds.js';
import { ofOwner, ownedBy, ownerOf } from './owner.js';
import { expectShape } from './shape.js';

/**
 * Builds a model and checks that it is one.
 * @throws KdxError `KDX_MODEL_SHAPE` naming the plugin whose recipe it is, or what the recipe throws
 */
export async function buildModel(recipe: ModelRecipe, options: BuildOptions): Promise<Model> {
  const owner = ownerOf(recipe);
  const build = (): Promise<Model> => recipe.build(options);
  let built: Model;
  try {
    built = await (owner === undefined ? build() : inPlugin(owner, build));
  } catch (cause) {
    throw owner === undefined ? cause : failed('build', recipe, cause);
  }
  expectShape(modelShape, built, `The recipe ${recipe.name}${ofOwner(recipe)}`, 'KDX_MODEL_SHAPE');
  return ownedBy(built, owner);
}

/**
 * Makes one adaptation of a recipe and checks that a recipe comes of it.
 * @throws KdxError `KDX_MODEL_SHAPE`, or what the recipe throws
 */
export function adaptRecipe(
  recipe: ModelRecipe,
  adaptation: Parameters<ModelRecipe['adapt']>[0],
  value: Parameters<ModelRecipe['adapt']>[1],
): ModelRecipe {
  const owner = ownerOf(recipe);
  const adapted =
    owner === undefined ? recipe.adapt(adaptation, value) : inOwner(owner, recipe, adaptation, value);
  const what = `adapt() of the recipe ${recipe.name}${ofOwner(recipe)}`;
  expectShape(recipeShape, adapted, what, 'KDX_MODEL_SHAPE');
  return ownedBy(adapted, owner);
}

function inOwner(
  owner: string,
  recipe: ModelRecipe,
  adaptation: Parameters<ModelRecipe['adapt']>[0],
  value: Parameters<ModelRecipe['adapt']>[1],
): ModelRecipe {
  try {
    return inPlugin(owner, () => recipe.adapt(adaptation, value));
  } catch (cause) {
    throw failed('adapt', recipe, cause);
  }
}

const failed = (method: string, recipe: ModelRecipe, cause: unknown): KdxError =>
  isKdxError(cause)
    ? cause
    : kdxError(
        'KDX_MODEL_SHAPE',
        `${method}() of the recipe ${recipe.name}${ofOwner(recipe)} failed: ${messageOf(cause)}`,
        { cause },
      );
