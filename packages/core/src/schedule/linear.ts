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
    text: lineText(from, to, start, end),
  };
}

/** A jump where there is no way between the points, one number where nothing moves. */
function lineText(from: number, to: number, start: Length, end: Length): string {
  const [a, b] = [numberText(from), numberText(to)];
  if (a === b) return a;
  // Points of one kind can be compared without knowing the run.
  const jumps =
    typeof start === typeof end && Number.parseFloat(String(end)) <= Number.parseFloat(String(start));
  if (!jumps) return `${a} → ${b} over epochs ${lengthText(start)}…${lengthText(end)}`;
  if (Number.parseFloat(String(end)) <= 0) return b;
  return typeof end === 'number'
    ? `${a}, from epoch ${lengthText(end)} on ${b}`
    : `${a}, from ${end} of the run on ${b}`;
}

/** Unlike a length, a point of the run may lie before its start. */
const position = (point: Length, epochs: number): number =>
  typeof point === 'number' && point < 0 ? point : lengthInEpochs(point, epochs);
