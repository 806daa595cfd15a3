import type { ImageSize } from '@kdx/core';
import { commonOptions } from '../options/common.js';
import { readOptions } from '../options/read-options.js';
import type { ModelDefinition } from '../recipe/definition.js';
import { resolveImageSize } from '../recipe/image-size.js';
import { assemble } from './assemble.js';
import { CountingScope } from './counting-scope.js';

export interface DescribeOptions {
  /** Default: the definition's. */
  readonly classes?: number;
  readonly imageSize?: ImageSize;
  /** As on the name. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface Description {
  /** Trainable numbers. */
  readonly parameters: number;
  readonly classes: number;
  readonly inputSize: ImageSize;
  readonly supports: readonly string[];
  /** What each option means, by name. */
  readonly options: Readonly<Record<string, string>>;
  /** Shape of every parameter as it lies in memory, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** What a definition would build, without allocating it. Classes default to the definition's, else 1000. */
export function describeDefinition(definition: ModelDefinition, asked: DescribeOptions = {}): Description {
  const { common, own, adaptations } = readOptions(definition, asked.options ?? {});
  const classes = asked.classes ?? definition.classes ?? 1000;
  const imageSize = resolveImageSize(definition, definition.name, {
    said: common.img,
    data: asked.imageSize,
  });
  const counting = new CountingScope();
  assemble(definition, counting.scope(), {
    name: definition.name,
    classes,
    imageSize,
    options: own,
    adaptations,
  });
  const shape = { ...definition.options.shape, ...commonOptions.shape };
  return {
    parameters: counting.size,
    classes,
    inputSize: imageSize,
    supports: definition.supports ?? [],
    options: Object.fromEntries(Object.entries(shape).map(([name, type]) => [name, type.description ?? ''])),
    shapes: counting.parameters,
  };
}
