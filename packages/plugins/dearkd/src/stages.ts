import { constant, type Length, lengthInEpochs, linear, type Schedule } from '@kdx/core';

/** What becomes of the teacher in the second stage. */
export const SECOND_STAGES = ['anneal', 'ce-only'] as const;

export interface StageOptions {
  /** E1, epochs of the first stage; undefined for five sixths of the run, as 250 of 300. */
  readonly stage1?: Length | undefined;
  readonly stage2: (typeof SECOND_STAGES)[number];
  /** α₁, weight of the ground truth in the first stage, in [0, 1). */
  readonly alpha: number;
  /** β₁, weight of the hidden loss in the first stage. */
  readonly beta: number;
}

export interface Stages {
  /** E1, the epoch at which the second stage begins; that of the run's end where there is none. */
  readonly end: number;
  readonly alpha: Schedule;
  readonly beta: Schedule;
}

/**
 * The two stages of DearKD (spec §2.2, golden G10), e from 0:
 *
 *     e < E1:  α = α₁, β = β₁
 *     e ≥ E1:  β = 0 and α = α₁ + (1 − α₁)·(e − E1)/(E − 1 − E1), 1 in the last epoch; or α = 1 at once (`ce-only`)
 */
export function stages(epochs: number, { stage1, stage2, alpha, beta }: StageOptions): Stages {
  const end = Math.min(epochs, Math.round(lengthInEpochs(stage1 ?? (5 * epochs) / 6, epochs)));
  if (end === epochs) return { end, alpha: constant(alpha), beta: constant(beta) };
  const annealed = linear({ from: alpha, to: 1, start: end, end: epochs - 1 });
  return {
    end,
    alpha:
      stage2 === 'anneal'
        ? { at: annealed.at, text: `α(e) = ${annealed.text}` }
        : { at: ({ epoch }) => (epoch < end ? alpha : 1), text: `α(e) = ${alpha}, from epoch ${end} on 1` },
    beta: { at: ({ epoch }) => (epoch < end ? beta : 0), text: `β(e) = ${beta}, from epoch ${end} on 0` },
  };
}

/** `1 − α(e)`, what the teacher's logits get. */
export const rest = (alpha: Schedule): Schedule => named(alpha, (a) => 1 - a, '1 − α(e)');

/** `(1 − α(e))/(1 − α₁)`, what student and shadow get who teach each other while there is a teacher. */
export const fading = (alpha: Schedule, first: number): Schedule =>
  named(alpha, (a) => (1 - a) / (1 - first), '(1 − α(e))/(1 − α₁)');

/** Of a constant, a constant: its text is a number and needs no name. */
function named(alpha: Schedule, of: (value: number) => number, text: string): Schedule {
  const value = Number(alpha.text);
  return Number.isFinite(value) ? constant(of(value)) : { at: (clock) => of(alpha.at(clock)), text };
}
