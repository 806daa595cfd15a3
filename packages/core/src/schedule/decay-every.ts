import type { Schedule } from '../contracts/schedule.js';
import { numberText } from './number-text.js';

/**
 * The factor `gamma^⌊e / every⌋`, per epoch: the early decay of Channel Distillation (EDT), which Tf-FD cites for
 * ImageNet with 0.9 and 30. It counts epochs from 1, so that it first drops in the 30th epoch, 29 on the clock
 * (golden case T8).
 */
export function decayEvery(every: number, gamma: number): Schedule {
  return {
    at: ({ epoch }) => gamma ** Math.floor((epoch + 1) / every),
    text: `${numberText(gamma)}^⌊(e+1)/${every}⌋`,
  };
}
