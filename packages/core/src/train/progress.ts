import type { PluginState } from '../contracts/hook.js';
import type { HeadScores } from '../contracts/scores.js';
import { type Headline, isBetter } from '../contracts/task.js';
import type { LossSums } from './step-metrics.js';

/** The epoch with the best headline score on the validation split so far. */
export interface BestEpoch {
  readonly epoch: number;
  readonly heads: HeadScores;
  /** Set where the averaged student had that score; absent where the student itself had. */
  readonly weights?: 'ema';
}

/** What a checkpoint keeps besides tensors. */
export interface Progress {
  /** Optimiser steps done. */
  step: number;
  /** Losses of the epoch so far. */
  epochSums: LossSums;
  /** Losses since the last `step` event. */
  recentSums: LossSums;
  /** Mean loss of the last whole epoch. */
  trainLoss: number;
  best: BestEpoch | null;
  lastValidation: HeadScores | null;
  /** Scores of the averaged student at the last validation; absent in runs that keep none. */
  lastAverage?: HeadScores;
  plugins: Record<string, PluginState>;
}

/**
 * The scores that a validation stands for in the choice of the best epoch, by the setting `best`. Of equal ones the
 * student's, which is what `student.safetensors` holds.
 */
export function betterOf(
  best: 'student' | 'ema' | 'either',
  student: HeadScores,
  averaged: HeadScores | undefined,
  headline: Headline,
): Pick<BestEpoch, 'heads' | 'weights'> {
  const takesAverage =
    averaged !== undefined &&
    (best === 'ema' ||
      (best === 'either' && isBetter(headline, averaged.fused[headline.name], student.fused[headline.name])));
  return takesAverage ? { heads: averaged, weights: 'ema' } : { heads: student };
}
