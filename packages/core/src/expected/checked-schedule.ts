import { messageOf } from '@kdx/tensor';
import type { Clock, Schedule } from '../contracts/schedule.js';
import { kdxError } from '../errors.js';
import { inPlugin } from '../plugin-scope.js';
import { expectShape, finite } from './shape.js';

/**
 * A schedule of a plugin whose every value is looked at.
 * @param what names it in a message, e.g. `The weight of term kd/logits`
 */
export function checkedSchedule(schedule: Schedule, plugin: string, what: string): Schedule {
  const at = (clock: Clock): number => {
    const when = `in epoch ${clock.epoch + 1} of ${clock.epochs}`;
    let value: unknown;
    try {
      value = inPlugin(plugin, () => schedule.at(clock));
    } catch (cause) {
      throw kdxError('KDX_TERM_WEIGHT', `${what} failed ${when}: ${messageOf(cause)}`, {
        cause,
      });
    }
    expectShape(finite, value, `${what}, ${when},`, 'KDX_TERM_WEIGHT');
    return value as number;
  };
  return { at, text: schedule.text };
}
