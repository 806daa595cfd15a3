import type { Rng } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { Clock, Schedule } from './schedule.js';

/**
 * Who a loss term speaks for.
 * `task`: ground truth. `distill`: logits of a frozen teacher or its stand-in. `mutual`: student and shadow teach each
 * other. `hint`: features. `aux`: self-regularisers, never touched by the balance.
 */
export const TERM_GROUPS = ['task', 'distill', 'mutual', 'hint', 'aux'] as const;
export type TermGroup = (typeof TERM_GROUPS)[number];
export type BalancedGroup = Exclude<TermGroup, 'aux'>;

/**
 * What a term reads, by name:
 * - `student.logits`, `student.heads.distillation`, `student.blocks.3`, `student.layer1.0:in`, `student.layer1:pre`
 * - `teacher.logits`, `teacher.layer2`; further teachers are `teacher2`, `teacher3`, …
 * - `module.<plugin>/<name>`: output of a helper module
 * - `targets`: `[B, K]` mixed, smoothed class probabilities; `images`: `[B, H, W, C]` in [0, 1]
 */
export type Ref = string;

/** What a term sees of a step. */
export interface TermStep {
  readonly clock: Clock;
  /** A tensor that the term declared in `reads`. @throws KdxError `KDX_READ_UNDECLARED`. */
  read<T extends tf.Tensor = tf.Tensor>(ref: Ref): T;
  /** Keyed by seed, step, the term's id and `purpose`. */
  rng(purpose: string): Rng;
}

/** One summand of the run's loss: Σ balance(group, e) · weight(e) · term. */
export interface Term {
  /** Without the plugin's prefix, e.g. `logits`; the run knows it as `kd/logits`. */
  readonly id: string;
  readonly group: TermGroup;
  /** Default 1. A term whose weight is 0 in this epoch is not computed and asks for nothing. */
  readonly weight?: Schedule | number;
  readonly reads: readonly Ref[];
  /** Who learns from it: `student`, `module.<plugin>/<name>`. Default: the modules it reads, and the student if it reads it, directly or through a module. */
  readonly trains?: readonly string[];
  /** The term as `kdx explain` prints it, e.g. `τ²·KL(t ‖ s), τ=4`. */
  readonly formula?: string;
  /** A scalar. Synchronous: it runs on the tape, and nothing needs tidying. */
  compute(step: TermStep): tf.Scalar;
}

/** Weight per group over epochs; a group that is not named keeps 1. */
export type LossBalance = Partial<Record<BalancedGroup, Schedule | number>>;
