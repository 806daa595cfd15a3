import { kdxError } from '../errors.js';
import { clocksWithin, sampledEpochs } from './clocks.js';
import type { Plan } from './plan.js';

/**
 * Asks every schedule of a run for its values before the first step. Those of plugins refuse by themselves what is not a finite
 * number: `KDX_TERM_WEIGHT`, see `checkedSchedule`.
 * @throws KdxError `KDX_SCHEDULE_INVALID` for a learning rate that is not a number of at least 0
 */
export function checkPlan(plan: Plan): void {
  const { settings, rate, rateOwner, weights } = plan;
  for (const epoch of sampledEpochs(settings.epochs)) {
    for (const clock of clocksWithin(plan, epoch)) {
      const value = rate.at(clock);
      if (!(value >= 0 && Number.isFinite(value))) {
        const [of, advice] =
          rateOwner === undefined
            ? ['', 'change the setting schedule']
            : [` of plugin "${rateOwner}"`, 'change the options of that plugin'];
        throw kdxError(
          'KDX_SCHEDULE_INVALID',
          `The learning rate${of} is ${value} in epoch ${epoch + 1} of ${clock.epochs} and must be a number of at least 0; ${advice}.`,
        );
      }
      for (const weight of weights) weight.at(clock);
    }
  }
}
