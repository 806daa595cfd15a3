import type { Adaptations, BuildOptions, Model, ModelRecipe } from '@kdx/core';
import type { z } from 'zod';
import { optionAgainstAdaptation } from '../errors.js';
import { formatName } from '../names/parse-name.js';
import { checkAdaptation, readOptions } from '../options/read-options.js';
import { buildModel } from './build-model.js';
import type { ModelDefinition } from './definition.js';

/** A recipe whose options can be set in code. Immutable: each method gives another recipe. */
export interface TypedRecipe<S extends z.ZodObject = z.ZodObject> extends ModelRecipe {
  readonly definition: ModelDefinition<S>;
  /** With these options on top of those said so far. @throws KdxError `KDX_MODEL_OPTION`. */
  with(options: Readonly<Partial<z.input<S>> & Record<string, unknown>>): TypedRecipe<S>;
  /** With weights from a safetensors file. */
  from(weights: string): TypedRecipe<S>;
  adapt<K extends keyof Adaptations>(adaptation: K, value: Adaptations[K]): TypedRecipe<S>;
}

/** Finds the definition of an adapted name such as `deit_tiny_distilled_patch16_224`. */
export type FindDefinition = (base: string) => ModelDefinition;

/**
 * @param said Options as said, checked here and now, so that a typing error shows before any data is read.
 * @throws KdxError `KDX_MODEL_OPTION`.
 */
export function createRecipe<S extends z.ZodObject>(
  definition: ModelDefinition<S>,
  said: Readonly<Record<string, unknown>>,
  weights: string | undefined,
  find?: FindDefinition,
): TypedRecipe<S> {
  const options = readOptions(definition, said);
  const name = formatName(definition.name, options.said);
  const adapt = <K extends keyof Adaptations>(adaptation: K, value: Adaptations[K]): TypedRecipe<S> => {
    checkAdaptation(definition as unknown as ModelDefinition, name, adaptation);
    const asked = definition.adaptedOptions?.[adaptation]?.(value);
    if (asked) return adaptByOptions(adaptation, asked);
    if (options.adaptations[adaptation] === value) return recipe;
    const renamed = find && definition.adaptedName?.(adaptation);
    return renamed === undefined
      ? createRecipe(definition, { ...said, [adaptation]: value }, weights, find)
      : createRecipe(find!(renamed) as unknown as ModelDefinition<S>, said, weights, find);
  };
  const adaptByOptions = (adaptation: string, asked: Readonly<Record<string, unknown>>): TypedRecipe<S> => {
    const wanted = Object.entries(asked).filter(([, value]) => value !== undefined);
    for (const [option, value] of wanted) {
      if (said[option] !== undefined && said[option] !== value)
        throw optionAgainstAdaptation(name, option, said[option], value, adaptation);
    }
    const more = Object.fromEntries(wanted.filter(([option]) => said[option] === undefined));
    return Object.keys(more).length === 0
      ? recipe
      : createRecipe(definition, { ...said, ...more }, weights, find);
  };
  const recipe: TypedRecipe<S> = Object.freeze({
    name,
    weights,
    definition,
    supports: definition.supports ?? [],
    with: (more: Readonly<Record<string, unknown>>) =>
      createRecipe(definition, { ...said, ...more }, weights, find),
    from: (file: string) => createRecipe(definition, said, file, find),
    adapt,
    build: (build: BuildOptions): Promise<Model> => buildModel({ definition, name, options, weights }, build),
  });
  return recipe;
}
