import { type BuildOptions, type Model, type RunWarning } from '@kdx/core';
import { compareWeights } from '@kdx/core/run';
import { isKdxError, KdxError, keyedRng, ParameterStore } from '@kdx/tensor';
import { warnProcess } from '@kdx/tensor/errors';
import type { z } from 'zod';
import { classCount, classesUnknown } from '../errors.js';
import { assemble, classHeadOf, featureDimOf } from '../network/assemble.js';
import { LayeredModel } from '../network/layered-model.js';
import type { ReadOptions } from '../options/read-options.js';
import { loadWeights } from '../weights/load.js';
import { otherOptions } from '../weights/other-options.js';
import { peekWeights } from '../weights/peek.js';
import type { ModelDefinition } from './definition.js';
import { resolveImageSize } from './image-size.js';
import { resolveNormalization } from './normalization.js';

export interface BuildRequest<S extends z.ZodObject> {
  readonly definition: ModelDefinition<S>;
  /** Options included. */
  readonly name: string;
  readonly options: ReadOptions<S>;
  readonly weights: string | undefined;
}

/**
 * Makes a model: the weights file's header is checked against the data before anything is allocated; initial values
 * are keyed by seed and parameter name, so one parameter more moves no other. What the file says of itself and the data
 * contradicts is refused or warned of; see `compareWeights` of core.
 *
 * @throws KdxError `KDX_CLASS_COUNT`, `KDX_CLASS_NAMES`, `KDX_MODEL_…`, `KDX_WEIGHTS_…`.
 */
export async function buildModel<S extends z.ZodObject>(
  { definition, name, options, weights }: BuildRequest<S>,
  build: BuildOptions,
): Promise<Model> {
  const file = weights === undefined ? undefined : await peekWeights(weights, classHeadOf(definition));
  if (file && build.classes !== undefined && file.classes !== build.classes) {
    throw classCount(name, weights!, file.classes, build.classes);
  }
  const classes = build.classes ?? file?.classes ?? definition.classes;
  if (classes === undefined) throw classesUnknown(name);
  const imageSize = resolveImageSize(definition, name, {
    said: options.common.img,
    data: build.imageSize,
    file: file?.inputSize,
  });
  const normalization = resolveNormalization(name, imageSize[2], {
    said: options.common,
    file,
    data: build,
    family: definition.normalization?.(classes),
  });
  const facts = file && { ...file, notes: [...file.notes, ...optionNotes(definition, options, file)] };
  const warnings = facts
    ? compareWeights(facts, { name, inputSize: imageSize, ...normalization, labelNames: build.labelNames })
    : [];
  const seed = build.seed ?? 0;
  const store = new ParameterStore(definition.name, (parameter) => keyedRng(seed, 'init', parameter));
  try {
    const context = { name, classes, imageSize, options: options.own, adaptations: options.adaptations };
    const { network, heads, features } = assemble(definition, store.scope(), context);
    const featureDim = featureDimOf(definition, store, classes);
    const classHead = classHeadOf(definition);
    const spec = {
      name,
      inputSize: imageSize,
      classes,
      featureDim,
      classHead,
      features,
      heads,
      ...normalization,
    };
    const model = new LayeredModel(network, store, spec);
    if (weights !== undefined) {
      await loadWeights(model, weights);
      model.weights = facts;
    }
    for (const warning of warnings) (build.onWarning ?? warnProcess)(warning);
    return model;
  } catch (error) {
    store.dispose();
    throw file?.model !== undefined && file.model !== name ? withOrigin(error, file.model) : error;
  }
}

/** Options of the file's model that cannot be seen in any tensor's shape. */
function optionNotes<S extends z.ZodObject>(
  definition: ModelDefinition<S>,
  options: ReadOptions<S>,
  { file, model }: { readonly file: string; readonly model?: string },
): RunWarning[] {
  const others = model === undefined ? [] : otherOptions(definition, options, model);
  if (others.length === 0) return [];
  return [
    {
      code: 'KDX_WEIGHTS_MODEL',
      message: `"${file}" says that it holds "${model}": ${others.join('; ')}, with which the same weights compute something else; name the model as the file does.`,
    },
  ];
}

/** A file that does not fit often says itself what it is. */
function withOrigin(error: unknown, model: string): unknown {
  if (!isKdxError(error) || !error.code.startsWith('KDX_WEIGHTS_')) return error;
  return new KdxError(error.code, `${error.message} The file says that it holds "${model}".`, {
    cause: error,
  });
}
