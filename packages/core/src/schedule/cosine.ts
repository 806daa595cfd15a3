import type { Clock, Length, Schedule } from '../contracts/schedule.js';
import { lengthInEpochs, lengthText } from './length.js';
import { epochsDone, type Per } from './linear.js';
import { numberText } from './number-text.js';

export interface CosineOptions {
  /** Value the cosine falls from. */
  readonly base: number;
  /** Value it ends at. DeiT: 1e-5. Default 0. */
  readonly min?: number;
  /** Length of the linear warm-up from `warmupFrom` to `base`, part of the run. DeiT: 5. Default 0. */
  readonly warmup?: Length;
  /** DeiT: 1e-6. Default 0. */
  readonly warmupFrom?: number;
  /**
   * Whether the cosine begins after the warm-up and takes the rest of the run, as timm's `warmup_prefix` with `t_initial`
   * of E − W epochs. Default false: it begins with the run, and the warm-up hides its first part.
   */
  readonly warmupPrefix?: boolean;
  /** Whether it moves once per epoch or at every step. DeiT: per epoch. Default `'step'`. */
  readonly per?: Per;
  /**
   * Epochs by which the schedule trails the clock. The released DeiT sets the rate after each epoch, so that epochs 0
   * and 1 both run at `warmupFrom`: 1. Default 0.
   */
  readonly lag?: number;
}

/**
 * Cosine decay with a linear warm-up, as timm 0.3.2 has it (spec of DeiT, section 1.5, golden case G6): with t epochs
 * done of E, `min + ½ (base − min)(1 + cos πt/E)` from the end of the warm-up on. The warm-up W is not taken off t, so the
 * curve is entered where it would be by then; with `warmupPrefix` it is `… cos π(t − W)/(E − W)`, entered at `base`.
 */
export function cosine({
  base,
  min = 0,
  warmup = 0,
  warmupFrom = 0,
  warmupPrefix = false,
  per = 'step',
  lag = 0,
}: CosineOptions): Schedule {
  const at = (clock: Clock): number => {
    const t = Math.max(0, epochsDone(clock, per) - lag);
    const warm = lengthInEpochs(warmup, clock.epochs);
    if (t < warm) return warmupFrom + ((base - warmupFrom) * t) / warm;
    const before = warmupPrefix ? warm : 0;
    // A warm-up as long as the run leaves the cosine no time; it is never reached then.
    const length = clock.epochs - before;
    const done = length > 0 ? Math.min(t - before, length) / length : 0;
    return min + 0.5 * (base - min) * (1 + Math.cos(Math.PI * done));
  };
  const parts = [`cosine ${numberText(base)} → ${numberText(min)}`];
  if (Number.parseFloat(String(warmup)) !== 0)
    parts.push(
      `warm-up ${lengthText(warmup)} from ${numberText(warmupFrom)}${warmupPrefix ? ' before it' : ''}`,
    );
  if (lag !== 0) parts.push(`lag ${lag}`);
  return { at, text: `${parts.join(', ')} (per ${per})` };
}
