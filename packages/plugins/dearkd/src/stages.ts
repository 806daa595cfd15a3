import { constant, type Length, lengthInEpochs, linear, type Schedule } from '@kdx/core';
import { kdxError } from './errors.js';

/** What becomes of the teacher in the second stage. */
export const SECOND_STAGES = ['anneal', 'ce-only'] as const;

export interface StageOptions {
  /** E1, epochs of the first stage or a share of the run; undefined for five sixths of it, as 250 of 300. */
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
 *
 * @throws KdxError `KDX_DEARKD_STAGE1` for a first stage longer than the run, `KDX_SCHEDULE_INVALID` for what is no length
 */
export function stages(epochs: number, { stage1, stage2, alpha, beta }: StageOptions): Stages {
  const end = firstStage(stage1 ?? (5 * epochs) / 6, epochs);
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

/** E1 in whole epochs. What is shorter than the run leaves an epoch for the second stage, however it is rounded. */
function firstStage(length: Length, epochs: number): number {
  const asked = lengthInEpochs(length, epochs);
  if (asked > epochs) {
    throw kdxError(
      'KDX_DEARKD_STAGE1',
      `The first stage of plugin "dearkd", "stage1":${JSON.stringify(length)}, is longer than the run of ${epochs} epoch${epochs === 1 ? '' : 's'}; give a share of it, e.g. --plugins 'dearkd:{"stage1":"80%"}', or at most ${epochs}.`,
    );
  }
  const rounded = Math.round(asked);
  return asked < epochs && epochs > 1 ? Math.min(rounded, epochs - 1) : rounded;
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
