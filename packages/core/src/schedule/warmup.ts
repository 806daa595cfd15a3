import type { Length, Schedule } from '../contracts/schedule.js';
import { lengthInEpochs, lengthText } from './length.js';

/**
 * The factor `min(1, e / W)` of ReviewKD and Tf-FD (golden case T8), per epoch. Tf-FD counts e from 1, so that its
 * first epoch weighs 1 / W; ReviewKD from 0, so that its first epoch weighs nothing.
 */
export function warmup(length: Length, { firstEpoch = 1 }: { readonly firstEpoch?: 0 | 1 } = {}): Schedule {
  return {
    at: ({ epoch, epochs }) => {
      const epochsOfWarmup = lengthInEpochs(length, epochs);
      return epochsOfWarmup === 0 ? 1 : Math.min(1, (epoch + firstEpoch) / epochsOfWarmup);
    },
    text: isAtOnce(length, firstEpoch)
      ? '1'
      : `min(1, ${firstEpoch === 1 ? '(e+1)' : 'e'}/${lengthText(length)})`,
  };
}

/** Whether the first epoch has full weight already, in a run of any length. */
const isAtOnce = (length: Length, firstEpoch: 0 | 1): boolean =>
  Number.parseFloat(String(length)) === 0 || (typeof length === 'number' && firstEpoch === 1 && length <= 1);
