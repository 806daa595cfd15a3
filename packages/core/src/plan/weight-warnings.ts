import type { Clock } from '../contracts/schedule.js';
import { clocksWithin, sampledEpochs } from './clocks.js';
import { epochsText, type Plan, type PlannedWeight, shortNumber } from './plan.js';
import type { RunWarning } from './warning.js';

/** Epochs after the end of a run in which a schedule is asked where it was going. */
const BEYOND = 1000;

/**
 * `KDX_PLAN_WEIGHT`: weights of terms that do in the run what their schedule is not about: they leave 0, reach their full
 * value or begin to fall only after the last epoch. Schedules are opaque, so each is asked about epochs after the run.
 */
export const weightWarnings = (plan: Plan): RunWarning[] =>
  plan.weights.flatMap((weight) => {
    const message = unfinished(plan, weight);
    return message === undefined ? [] : [{ code: 'KDX_PLAN_WEIGHT', message }];
  });

function unfinished(plan: Plan, { id, at }: PlannedWeight): string | undefined {
  const { epochs } = plan.settings;
  const within = sampledEpochs(epochs).flatMap((epoch) => clocksWithin(plan, epoch).map(at));
  const later = laterValues(plan, at);
  if (later === undefined) return undefined;
  const most = largest(within);
  const run = `the run of ${epochsText(epochs)}`;
  const peak = largest(later);
  const peakAt = later.findIndex((value) => Math.abs(value) === peak);
  if (most === 0) {
    const leaves = later.findIndex((value) => value !== 0);
    if (leaves < 0) return undefined;
    return `The weight of ${id} is 0 in ${run} and leaves 0 in epoch ${epochs + leaves + 1}, so nothing learns from it; train for more than ${epochsText(epochs + leaves)}, or let it begin earlier with the options of its plugin.`;
  }
  // What rises to the end of the years looked at has no full value to fall short of.
  if (peak > 1.05 * most && peakAt < 0.9 * BEYOND) {
    return `The weight of ${id} gets no higher than ${shortNumber(most)} in ${run}: it reaches ${shortNumber(peak)} in epoch ${epochs + peakAt + 1}; shorten its warm-up with the options of its plugin, or train longer.`;
  }
  const falls = later.findIndex((value) => Math.abs(value) < most * (1 - 1e-9));
  const stays = Math.abs(within.at(-1) as number) === most;
  // What ends with the run is made for it.
  if (stays && falls > 0) {
    return `The weight of ${id} begins to fall in epoch ${epochs + falls + 1}, after ${run}; let it fall earlier with the options of its plugin, or leave that option out.`;
  }
  return undefined;
}

/** Values in the epochs after the run; undefined where the schedule does not say. */
function laterValues(
  { settings: { epochs }, stepsPerEpoch }: Plan,
  at: (clock: Clock) => number,
): number[] | undefined {
  try {
    const values = Array.from({ length: BEYOND }, (_, later) => {
      const epoch = epochs + later;
      return at({ epoch, epochs, stepInEpoch: 0, stepsPerEpoch, step: epoch * stepsPerEpoch });
    });
    return values.every(Number.isFinite) ? values : undefined;
  } catch {
    // A schedule need not know epochs that its run does not have.
    return undefined;
  }
}

const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
