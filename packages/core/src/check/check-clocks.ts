import { type Composition, effectiveWeight } from '../compose/composition.js';
import type { Clock } from '../contracts/schedule.js';
import { clocksWithin } from '../plan/clocks.js';
import { planStep } from '../train/step-plan.js';

type Timed = Pick<Composition, 'settings' | 'stepsPerEpoch' | 'balance' | 'terms' | 'modules'>;

/** A kind of step, by what it computes, and how many epochs have it. */
export interface StepKind {
  /** The first epoch of this kind. */
  readonly clock: Clock;
  readonly epochs: number;
  /** Active terms, by id. */
  readonly terms: readonly string[];
}

/**
 * The kinds of steps of a run, in the order they come: epochs that compute the same terms and train the same modules are
 * alike. An epoch counts by the first step that computes the most of them, since a weight that moves within an epoch may
 * begin it at 0.
 */
export function stepKinds(composition: Timed): readonly StepKind[] {
  const { settings, modules } = composition;
  const kinds = new Map<string, { clock: Clock; epochs: number; terms: readonly string[] }>();
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const { clock, terms } = clocksWithin(composition, epoch)
      .map((at) => ({ clock: at, terms: activeAt(composition, at) }))
      .reduce((most, each) => (each.terms.length > most.terms.length ? each : most));
    const learning = [...modules.values()].filter(({ activeUntil }) => epoch < activeUntil);
    const key = [...terms, '|', ...learning.map(({ id }) => id)].join(' ');
    const known = kinds.get(key);
    if (known) known.epochs += 1;
    else kinds.set(key, { clock, epochs: 1, terms });
  }
  return [...kinds.values()];
}

const activeAt = (composition: Timed, clock: Clock): string[] =>
  composition.terms.filter((term) => effectiveWeight(composition, term, clock) !== 0).map(({ id }) => id);

/** The first kinds that together compute every term that is ever active. */
export function coveringKinds(kinds: readonly StepKind[]): readonly StepKind[] {
  const seen = new Set<string>();
  return kinds.filter(({ terms }, index) => {
    const adds = terms.some((id) => !seen.has(id));
    for (const id of terms) seen.add(id);
    return adds || index === 0;
  });
}

/** Teachers that a step of a kind runs. */
export const teachersOf = (composition: Composition, { clock }: StepKind): readonly string[] =>
  [...planStep(composition, clock).reads.keys()].filter((name) => name !== 'student');
