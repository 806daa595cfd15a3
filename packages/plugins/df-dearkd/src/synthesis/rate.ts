import type { Clock, Schedule } from '@kdx/core';

/** What the rate does after the warm-up: fall to 0 in each phase by half a cosine or a line, or stay. */
export type RateSchedule = 'cosine' | 'linear' | 'constant';

/**
 * The learning rate of an inversion. DeepInversion's for ImageNet, and the default: in each phase `base · (t+1)/warmup`, then
 * half a cosine to 0 over what is left (spec §3.2, golden case G15). Its CIFAR script has no warm-up and a constant rate.
 */
export const inversionRate = (base: number, warmup: number, schedule: RateSchedule = 'cosine'): Schedule => ({
  at({ stepInEpoch: t, stepsPerEpoch }: Clock): number {
    if (t < warmup) return (base * (t + 1)) / warmup;
    const [done, rest] = [t - warmup, Math.max(1, stepsPerEpoch - warmup)];
    switch (schedule) {
      case 'cosine':
        return 0.5 * base * (1 + Math.cos((Math.PI * done) / rest));
      case 'linear':
        return base * (1 - done / rest);
      case 'constant':
        return base;
    }
  },
  text: `${base}, warm-up ${warmup}, ${TEXTS[schedule]}`,
});

const TEXTS: Readonly<Record<RateSchedule, string>> = {
  cosine: 'cosine to 0 in each phase',
  linear: 'line to 0 in each phase',
  constant: 'constant',
};
