import type { ImageSize } from '@kdx/core';
import { modelFamilies } from './families/registry.js';
import { describeDefinition } from './network/describe.js';

/** One line of `kdx models`. */
export interface ModelListing {
  readonly name: string;
  readonly family: string;
  /** Trainable numbers at the default classes, input size and options. */
  readonly parameters: number;
  readonly classes: number;
  readonly inputSize: ImageSize;
  /** Where architecture and names come from. */
  readonly source: string;
  /** Adaptations that a plugin may ask for. */
  readonly supports: readonly string[];
  /** What each option means, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/** Every listed model of every registered family. Allocates no weights. */
export function listModels(): ModelListing[] {
  return modelFamilies().flatMap((family) =>
    family.names.map((name) => {
      const definition = family.define(family.pattern.exec(name)!);
      return { name, family: family.name, source: family.source, ...describeDefinition(definition) };
    }),
  );
}
