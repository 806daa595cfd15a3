import type { PluginState } from '../contracts/hook.js';
import type { HeadScores } from '../events/event-stream.js';
import type { LossSums } from './step-metrics.js';

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
  best: { epoch: number; top1: number; heads: HeadScores } | null;
  lastValidation: HeadScores | null;
  plugins: Record<string, PluginState>;
}
