import type { Length, Schedule } from '../contracts/schedule.js';
import { lengthInEpochs, lengthText } from './length.js';
import { numberText } from './number-text.js';

export interface StepsOptions {
  /** Value before the first milestone. */
  readonly base: number;
  /** Factor at each milestone. Default 0.1. */
  readonly gamma?: number;
  /** Where it is applied, in epochs done: 150 is in force from epoch 150 on, the 151st. Any order. */
  readonly milestones: readonly Length[];
}

/**
 * Step decay: `base · gammaⁿ` with n the milestones reached, per epoch. RepDistiller's ×0.1 "when epoch > 150", counted
 * from 1, is the milestone 150.
 */
export function steps({ base, gamma = 0.1, milestones }: StepsOptions): Schedule {
  return {
    at: ({ epoch, epochs }) =>
      base * gamma ** milestones.filter((milestone) => epoch >= lengthInEpochs(milestone, epochs)).length,
    text:
      milestones.length === 0
        ? numberText(base)
        : `${numberText(base)}, ×${numberText(gamma)} at epoch ${milestones.map(lengthText).join(', ')}`,
  };
}
