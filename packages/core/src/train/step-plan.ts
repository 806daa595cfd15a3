import {
  type ComposedModule,
  type ComposedTerm,
  type Composition,
  effectiveWeight,
} from '../compose/composition.js';
import { collectReads, type ModelReads, type ParsedRef } from '../compose/refs.js';
import type { Clock } from '../contracts/schedule.js';

/** What one step computes: only terms whose weight is not 0, and only what they read. */
export interface StepPlan {
  readonly terms: readonly { readonly term: ComposedTerm; readonly weight: number }[];
  /** Helper modules that an active term reads, directly or through another. */
  readonly modules: ReadonlySet<string>;
  /** Taps and heads by model name; a model that is not here is not run. */
  readonly reads: ReadonlyMap<string, ModelReads>;
}

export function planStep(composition: Composition, clock: Clock): StepPlan {
  const terms = composition.terms
    .map((term) => ({ term, weight: effectiveWeight(composition, term, clock) }))
    .filter(({ weight }) => weight !== 0);
  const reads = new Map<string, ModelReads>();
  const modules = new Set<string>();
  const visit = (ref: ParsedRef): void => {
    collectReads(ref, reads);
    if (ref.kind !== 'module' || modules.has(ref.module)) return;
    modules.add(ref.module);
    const module = composition.modules.get(ref.module) as ComposedModule;
    for (const input of module.inputs.values()) visit(input);
  };
  for (const { term } of terms) for (const ref of term.reads.values()) visit(ref);
  return { terms, modules, reads };
}

/** What each term that is not superseded is multiplied with, by its id; 0 where it is not computed. */
export const termWeights = (composition: Composition, clock: Clock): Record<string, number> =>
  Object.fromEntries(
    composition.terms
      .filter(({ superseded }) => !superseded)
      .map((term) => [term.id, effectiveWeight(composition, term, clock)]),
  );
