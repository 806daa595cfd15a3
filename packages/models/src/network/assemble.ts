import { type Feature } from '@kdx/core';
import { type ForwardCall, type Heads, Layer, type Network } from '@kdx/nn';
import { type ParameterStore, type Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { kdxError } from '../errors.js';
import type { Head, ModelContext, ModelDefinition } from '../recipe/definition.js';

/** A built architecture: its forward and the names of its heads, `class` first. */
export interface Assembled {
  readonly network: Network;
  readonly heads: readonly string[];
  readonly features: readonly Feature[];
}

/** Makes a definition's layers under `scope` and puts trunk and heads together. */
export function assemble<S extends z.ZodObject>(
  definition: ModelDefinition<S>,
  scope: Scope,
  context: ModelContext<z.output<S>>,
): Assembled {
  const built = definition.build(scope, context);
  if (built instanceof Layer) {
    return {
      network: (images, call) => ({ class: built.apply(images, call) as tf.Tensor2D }),
      heads: ['class'],
      features: [],
    };
  }
  const { class: classHead, ...others } = built.heads;
  const heads: [string, Head][] = [['class', classHead]];
  for (const [name, head] of Object.entries(others)) if (head) heads.push([name, head]);
  return {
    network: (images, call) => runParts(built.trunk, heads, images, call),
    heads: heads.map(([name]) => name),
    features: (built.features ?? []).map((feature) =>
      typeof feature === 'string' ? { tap: feature } : feature,
    ),
  };
}

function runParts(
  trunk: Layer,
  heads: readonly [string, Head][],
  images: tf.Tensor,
  call: ForwardCall,
): Heads {
  const feature = trunk.apply(images, call);
  return Object.fromEntries(heads.map(([name, head]) => [name, runHead(head, feature, call)])) as Heads;
}

const runHead = (head: Head, feature: tf.Tensor, call: ForwardCall): tf.Tensor =>
  head instanceof Layer ? head.apply(feature, call) : head(feature, call);

/** The definition's name for its class head's weight. */
export const classHeadOf = (definition: Pick<ModelDefinition, 'classHead'>): string =>
  definition.classHead ?? 'head.weight';

/**
 * Width of the feature that the class head reads.
 * @throws KdxError `KDX_MODEL_HEAD` when the definition built no such weight, or one for another number of classes.
 */
export function featureDimOf(
  definition: Pick<ModelDefinition, 'name' | 'classHead'>,
  store: Pick<ParameterStore, 'parameters'>,
  classes: number,
): number {
  const weight = classHeadOf(definition);
  const shape = store.parameters.get(weight)?.variable.shape;
  if (shape?.length === 2 && shape[1] === classes) return shape[0];
  throw kdxError(
    'KDX_MODEL_HEAD',
    shape === undefined
      ? `The model "${definition.name}" registers no parameter "${weight}"; set classHead in its definition to the weight of the layer that gives the logits.`
      : `"${weight}" of the model "${definition.name}" is [${shape.join(', ')}] and should be [feature, ${classes}]; build its class head with context.classes outputs.`,
  );
}
