import type { Clock, Schedule } from '@kdx/core';

/**
 * DeepInversion's learning rate: in each phase `base · (t+1)/warmup`, then half a cosine to 0 over what is left
 * (spec §3.2, golden case G15).
 */
export const inversionRate = (base: number, warmup: number): Schedule => ({
  at({ stepInEpoch: t, stepsPerEpoch }: Clock): number {
    if (t < warmup) return (base * (t + 1)) / warmup;
    return 0.5 * base * (1 + Math.cos((Math.PI * (t - warmup)) / Math.max(1, stepsPerEpoch - warmup)));
  },
  text: `${base}, warm-up ${warmup}, cosine to 0 in each phase`,
});
