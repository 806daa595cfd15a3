import { type Composition, effectiveWeight } from '../compose/composition.js';
import type { Clock, Schedule } from '../contracts/schedule.js';
import type { RunSettings } from '../settings/settings.js';
import type { Span } from './clocks.js';

/** Everything of a run that is settled before its first step and changes over its epochs. */
export interface Plan extends Span {
  readonly settings: RunSettings;
  /** Images that an epoch shows, repeats included. */
  readonly showings: number;
  readonly rate: Schedule;
  /** The plugin that provides the learning rate; undefined where the setting `schedule` does. */
  readonly rateOwner: string | undefined;
  readonly weights: readonly PlannedWeight[];
}

/** What a term is multiplied with: its own weight times its group's. */
export interface PlannedWeight {
  /** The term's, `<plugin>/<id>`. */
  readonly id: string;
  at(clock: Clock): number;
}

export const planOf = (composition: Composition): Plan => ({
  settings: composition.settings,
  stepsPerEpoch: composition.stepsPerEpoch,
  showings: composition.showings,
  rate: composition.learningRate,
  rateOwner: composition.rateOwner,
  weights: composition.terms
    .filter(({ superseded }) => !superseded)
    .map((term) => ({ id: term.id, at: (clock) => effectiveWeight(composition, term, clock) })),
});

/** `3 epochs`, `1 epoch`. */
export const epochsText = (epochs: number): string => `${epochs} epoch${epochs === 1 ? '' : 's'}`;

/** Three significant digits: `0.00667`. */
export const shortNumber = (value: number): string => String(Number(value.toPrecision(3)));
