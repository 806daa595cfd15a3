import { constant, type Length, lengthInEpochs, linear, type Schedule } from '@kdx/core';
import { kdxError } from './errors.js';

/** How the teacher leaves in the second stage: over its epochs, or at once. */
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
  /** E1, the epoch at which the second stage begins; the number of epochs of a run without one. */
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
 * @throws KdxError `KDX_DEARKD_STAGE1` for a first stage longer than the run, `KDX_SCHEDULE_INVALID` for a value that is not a length
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

/** E1 in whole epochs. A first stage that is shorter than the run leaves at least one epoch for the second, whatever the rounding. */
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

/** `1 − α(e)`, the weight of the teacher's logits. */
export const rest = (alpha: Schedule): Schedule => named(alpha, (a) => 1 - a, '1 − α(e)');

/** `(1 − α(e))/(1 − α₁)`, the weight of student and shadow teaching each other: it fades with the teacher. */
export const fading = (alpha: Schedule, first: number): Schedule =>
  named(alpha, (a) => (1 - a) / (1 - first), '(1 − α(e))/(1 − α₁)');

/** A constant stays a constant: its text is a number and needs no name. */
function named(alpha: Schedule, of: (value: number) => number, text: string): Schedule {
  const value = Number(alpha.text);
  return Number.isFinite(value) ? constant(of(value)) : { at: (clock) => of(alpha.at(clock)), text };
}
