import type { HeadScores } from './scores.js';
/** When a student is scored. */
export interface ScoredAt {
  /** Optimiser steps done. */
  readonly step: number;
  /** 0-based. */
  readonly epoch: number;
}

/** Scores the models of a run and sends the events `teacher` and `evaluation`. */
export interface Evaluator {
  /** Scores the teachers, before the first step. */
  teachers(signal?: AbortSignal): Promise<void>;
  /**
   * Scores the student with the weights that it has now.
   * @param weights which they are: of the last epoch, of the best, or their average
   * @param onDetails receives what the task keeps beside the scores, by the name of its file
   * @returns undefined where the split has no images
   */
  student(
    split: 'validation' | 'test',
    weights: 'last' | 'best' | 'ema',
    at: ScoredAt,
    onDetails?: (details: Readonly<Record<string, object>>) => void,
  ): Promise<HeadScores | undefined>;
}
