import { kdxError, unknownModel } from '../errors.js';
import { parseName } from '../names/parse-name.js';
import type { ModelDefinition } from '../recipe/definition.js';
import { createRecipe, type TypedRecipe } from '../recipe/recipe.js';
import { cifarMobilenet } from './cifar-mobilenet/family.js';
import { cifarResnet } from './cifar-resnet/family.js';
import { cifarResnet50 } from './cifar-resnet50/family.js';
import { cifarShuffleV1 } from './cifar-shuffle/v1/family.js';
import { cifarShuffleV2 } from './cifar-shuffle/v2/family.js';
import { cifarVgg } from './cifar-vgg/family.js';
import { cifarWrn } from './cifar-wrn/family.js';
import { convnet } from './convnet/family.js';
import type { ModelFamily } from './family.js';
import { vit } from './vit/family.js';

const families = [
  vit,
  cifarResnet,
  cifarWrn,
  cifarVgg,
  cifarResnet50,
  cifarMobilenet,
  cifarShuffleV1,
  cifarShuffleV2,
  convnet,
] as unknown as ModelFamily[];

/** All families, in the order they registered. */
export const modelFamilies = (): readonly ModelFamily[] => families;

/**
 * Makes a family's names known to {@link model} in this process.
 * @throws KdxError `KDX_MODEL_TWICE` when its name, or one of the names it lists, is taken.
 */
export function registerFamily(family: ModelFamily): void {
  for (const other of families) {
    const shared =
      family.names.find((name) => other.pattern.test(name)) ??
      other.names.find((name) => family.pattern.test(name));
    if (other.name !== family.name && shared === undefined) continue;
    throw kdxError(
      'KDX_MODEL_TWICE',
      `The model families "${other.name}" and "${family.name}" both claim ${
        shared === undefined ? 'the same family name' : `the model name "${shared}"`
      }; rename one of them.`,
    );
  }
  families.push(family);
}

/**
 * The definition behind a base name such as `cifar_resnet20`.
 * @throws KdxError `KDX_MODEL_UNKNOWN` with did-you-mean.
 */
export function findDefinition(base: string): ModelDefinition {
  for (const family of families) {
    const match = family.pattern.exec(base);
    if (match) return family.define(match);
  }
  throw unknownModel(
    base,
    families.flatMap((family) => family.names),
  );
}

/**
 * A model by name: `base[?option=value&…][@weights.safetensors]`.
 *
 * ```ts
 * const student = model('deit_tiny_patch16_224?img=32&patch=4&depth=6');
 * const teacher = model('cifar_resnet56@cifar100_resnet56.safetensors');
 * ```
 * @throws KdxError `KDX_MODEL_NAME`, `KDX_MODEL_UNKNOWN`, `KDX_MODEL_OPTION`.
 */
export function model(name: string): TypedRecipe {
  const { base, options, weights } = parseName(name);
  return createRecipe(findDefinition(base), options, weights, findDefinition);
}
