import type { Clock } from '../contracts/schedule.js';
import { isKdxError, KdxError, messageOf } from '../errors/kdx-error.js';
import { clocksWithin, sampledEpochs } from './clocks.js';
import type { Plan } from './plan.js';

/**
 * Asks every schedule of a run for its values before the first step.
 * @throws KdxError `KDX_SCHEDULE_INVALID` for a learning rate that is not a number of at least 0, or a weight that is not
 *   finite
 */
export function checkPlan(plan: Plan): void {
  const { rate, rateOwner, weights } = plan;
  const of = rateOwner === undefined ? '' : ` of plugin "${rateOwner}"`;
  const advice =
    rateOwner === undefined ? 'change the setting schedule' : 'change the options of that plugin';
  for (const epoch of sampledEpochs(plan.settings.epochs)) {
    for (const clock of clocksWithin(plan, epoch)) {
      const value = valueAt(rate, clock, `learning rate${of}`, advice);
      if (value < 0) throw invalid(`learning rate${of}`, clock, `is ${value}, below 0`, advice);
      for (const weight of weights) {
        valueAt(weight, clock, `weight of ${weight.id}`, 'change the options of its plugin');
      }
    }
  }
}

function valueAt(schedule: { at(clock: Clock): number }, clock: Clock, what: string, advice: string): number {
  let value: unknown;
  try {
    value = schedule.at(clock);
  } catch (error) {
    if (isKdxError(error)) throw error;
    throw invalid(what, clock, `fails with "${messageOf(error)}"`, advice, error);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(what, clock, `is ${String(value)}, which is not a finite number`, advice);
}

const invalid = (
  what: string,
  { epoch, epochs }: Clock,
  how: string,
  advice: string,
  cause?: unknown,
): KdxError =>
  new KdxError('KDX_SCHEDULE_INVALID', `The ${what} ${how} in epoch ${epoch + 1} of ${epochs}; ${advice}.`, {
    cause,
  });
