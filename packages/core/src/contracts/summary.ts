import type { HeadRule } from './model.js';
import type { HeadScores } from './scores.js';
import type { TaskLabels } from './task.js';

/** How a run ended; `summary.json`. */
export interface RunSummary {
  readonly run: string;
  readonly student: string;
  readonly headRule: HeadRule;
  /** What its scores are called; runs of older versions lack it. */
  readonly task?: TaskLabels;
  readonly epochs: number;
  readonly steps: number;
  /** Seconds of training and evaluation, over all resumes. */
  readonly seconds: number;
  readonly parameters: number;
  /** Mean training loss of the last epoch. */
  readonly trainLoss: number;
  /** Scores on the validation split, where there is one; the best epoch is chosen by them alone. */
  readonly validation?: {
    /** Of the last epoch's weights. */
    readonly last: HeadScores;
    readonly best: HeadScores;
    readonly bestEpoch: number;
    /** Set where the best weights are the averaged student's, which the setting `best` allows. */
    readonly bestWeights?: 'ema';
    /** Of the averaged student after the last epoch, where the run keeps one. */
    readonly ema?: HeadScores;
  };
  /** Scores on the test split, where there is one: the last epoch's weights, the best validation epoch's, the EMA's. */
  readonly test?: { readonly last: HeadScores; readonly best?: HeadScores; readonly ema?: HeadScores };
  /** Files of the run by what they are. */
  readonly files: Readonly<Record<string, string>>;
}
