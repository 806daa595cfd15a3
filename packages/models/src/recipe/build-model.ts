import { type BuildOptions, isKdxError, KdxError, keyedRng, type Model, ParameterStore } from '@kdx/core';
import type { z } from 'zod';
import { classCount, classesUnknown } from '../errors.js';
import { assemble, classHeadOf, featureDimOf } from '../network/assemble.js';
import { LayeredModel } from '../network/layered-model.js';
import type { ReadOptions } from '../options/read-options.js';
import { loadWeights } from '../weights/load.js';
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
 * are keyed by seed and parameter name, so one parameter more moves no other.
 *
 * @throws KdxError `KDX_CLASS_COUNT`, `KDX_MODEL_…`, `KDX_WEIGHTS_…`.
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
    if (weights !== undefined) await loadWeights(model, weights);
    return model;
  } catch (error) {
    store.dispose();
    throw file?.model !== undefined && file.model !== name ? withOrigin(error, file.model) : error;
  }
}

/** A file that does not fit often says itself what it is. */
function withOrigin(error: unknown, model: string): unknown {
  if (!isKdxError(error) || !error.code.startsWith('KDX_WEIGHTS_')) return error;
  return new KdxError(error.code, `${error.message} The file says that it holds "${model}".`, {
    cause: error,
  });
}
