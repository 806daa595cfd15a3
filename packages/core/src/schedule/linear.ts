import type { Clock, Length, Schedule } from '../contracts/schedule.js';
import { lengthInEpochs, lengthText } from './length.js';
import { numberText } from './number-text.js';

/** How often a schedule moves. */
export type Per = 'epoch' | 'step';

/** Epochs done when a step begins; whole numbers if the schedule moves once per epoch. */
export const epochsDone = ({ epoch, stepInEpoch, stepsPerEpoch }: Clock, per: Per): number =>
  per === 'epoch' ? epoch : epoch + stepInEpoch / stepsPerEpoch;

export interface LinearOptions {
  readonly from: number;
  readonly to: number;
  /** Epochs done where it leaves `from`; may be below 0, which makes its first value another than `from`. Default 0. */
  readonly start?: Length;
  /** Epochs done where it is at `to`, and stays there. Default `'100%'`. */
  readonly end?: Length;
  /** Default `'epoch'`. */
  readonly per?: Per;
}

/** A straight line between two points of the run, constant before and after; a jump where `end` is not after `start`. */
export function linear({ from, to, start = 0, end = '100%', per = 'epoch' }: LinearOptions): Schedule {
  return {
    at: (clock) => {
      const begin = position(start, clock.epochs);
      const finish = position(end, clock.epochs);
      const done = epochsDone(clock, per);
      if (done >= finish) return to;
      if (done <= begin) return from;
      return from + ((to - from) * (done - begin)) / (finish - begin);
    },
    text: `${numberText(from)} → ${numberText(to)} over epochs ${lengthText(start)}…${lengthText(end)}`,
  };
}

/** Unlike a length, a point of the run may lie before its start. */
const position = (point: Length, epochs: number): number =>
  typeof point === 'number' && point < 0 ? point : lengthInEpochs(point, epochs);
