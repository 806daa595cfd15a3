import { setImmediate } from 'node:timers/promises';
import type { Parameter } from '@kdx/tensor';
import { GradientAccumulator } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { Clock } from '../contracts/schedule.js';
import { valueAndGradients } from './gradients.js';

/** A stretch of epochs. Training has one; synthesis of images has several resolutions. */
export interface LoopPhase {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** What is optimised, and how. The loop knows neither models nor images. */
export interface Loop<P> {
  readonly phases: readonly LoopPhase[];
  /** What learns at this time, by name: a student's parameters, or pixels. */
  variables(clock: Clock): ReadonlyMap<string, Parameter>;
  /** Forwards whose gradients make one step. */
  microSteps(clock: Clock): number;
  /** Phase A: asynchronous, off the tape. */
  prepare(clock: Clock, micro: number): Promise<P>;
  /** Phase B: the loss, on the tape. */
  loss(prepared: P, clock: Clock): tf.Scalar;
  /** How much a micro-step counts in its step's mean gradient, e.g. its images. */
  weight(prepared: P): number;
  /** Changes the variables. Gradients are by the names of `variables`. Runs inside a tidy scope. */
  update(gradients: Map<string, tf.Tensor>, clock: Clock): void;
  /** Frees what `prepare` made. */
  release(prepared: P): void;
  onEpochStart?(clock: Clock): Promise<void>;
  onStepStart?(clock: Clock): Promise<void>;
  /** `clock` is that of the step just done; `next` is where a resume would start. */
  onStepEnd?(clock: Clock, next: Clock): Promise<void>;
  onEpochEnd?(clock: Clock, next: Clock): Promise<void>;
}

/** Position `step` steps after the start. */
export function clockAt(phases: readonly LoopPhase[], step: number): Clock {
  const epochs = phases.reduce((sum, phase) => sum + phase.epochs, 0);
  let epoch = 0;
  let left = step;
  for (const [index, phase] of phases.entries()) {
    const steps = phase.epochs * phase.stepsPerEpoch;
    if (left < steps || index === phases.length - 1) {
      const { stepsPerEpoch } = phase;
      // All hooks of a step get the same one.
      return Object.freeze({
        epoch: epoch + Math.floor(left / stepsPerEpoch),
        epochs,
        stepInEpoch: left % stepsPerEpoch,
        stepsPerEpoch,
        step,
      });
    }
    left -= steps;
    epoch += phase.epochs;
  }
  throw new RangeError('a loop needs at least one phase');
}

/** Steps of all phases together. */
export const totalSteps = (phases: readonly LoopPhase[]): number =>
  phases.reduce((sum, phase) => sum + phase.epochs * phase.stepsPerEpoch, 0);

/** Runs from step `from` to the end. Nothing is awaited while a tidy scope is open. */
export async function runLoop<P>(loop: Loop<P>, from: number): Promise<void> {
  const total = totalSteps(loop.phases);
  for (let step = from; step < total; step++) {
    const clock = clockAt(loop.phases, step);
    const next = clockAt(loop.phases, step + 1);
    if (clock.stepInEpoch === 0) await loop.onEpochStart?.(clock);
    await loop.onStepStart?.(clock);
    await oneStep(loop, clock);
    // Else nothing outside is heard while steps follow each other: no Ctrl-C, no timer, no end of a parent.
    await setImmediate();
    await loop.onStepEnd?.(clock, next);
    if (clock.stepInEpoch === clock.stepsPerEpoch - 1) await loop.onEpochEnd?.(clock, next);
  }
}

async function oneStep<P>(loop: Loop<P>, clock: Clock): Promise<void> {
  const parameters = loop.variables(clock);
  const micros = loop.microSteps(clock);
  const accumulator = new GradientAccumulator<string>();
  try {
    for (let micro = 0; micro < micros; micro++) {
      const prepared = await loop.prepare(clock, micro);
      try {
        tf.tidy(() => {
          const { gradients } = valueAndGradients(() => loop.loss(prepared, clock), parameters);
          if (micros === 1) loop.update(gradients, clock);
          else accumulator.add(gradients, loop.weight(prepared));
        });
      } finally {
        loop.release(prepared);
      }
    }
    if (micros === 1) return;
    const gradients = accumulator.take({ average: true });
    try {
      tf.tidy(() => loop.update(new Map(gradients), clock));
    } finally {
      for (const gradient of gradients.values()) gradient.dispose();
    }
  } finally {
    accumulator.dispose();
  }
}
