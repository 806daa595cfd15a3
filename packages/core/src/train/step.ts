import type { Ema, Optimizer, Parameter } from '@kdx/tensor';
import { clipByGlobalNorm } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { BatchLoader } from '../batch/batch-loader.js';
import { isTooSmall, tooSmall } from '../compose/check-last-batch.js';
import type { Composition } from '../compose/composition.js';
import type { Clock } from '../contracts/schedule.js';
import type { RunRng } from '../contracts/slot.js';
import { kdxError } from '../errors.js';
import type { TeacherCache } from '../teacher-cache/teacher-cache.js';
import { changedBatch, changedLoss, changeGradients } from './changed-by-hooks.js';
import { frozenForward } from './frozen-forward.js';
import type { Loop } from './loop.js';
import { modulePrefix, runParameters } from './run-tensors.js';
import type { StepLoss, StepMetrics } from './step-metrics.js';
import { planStep } from './step-plan.js';
import { type StepInputs, StepReads } from './step-reads.js';

// The training step, top to bottom; `runLoop` calls its parts in this order. B images of H × W × C, K classes.
//
//   prepare   phase A, asynchronous, off the tape: batch, plan, teachers
//   loss      phase B, on the tape: student, modules, terms, their weighted sum
//   update    after the gradients of all micro-batches are averaged: hooks, clipping, optimiser, average of weights

/** What a step is made with. */
export interface TrainingParts {
  readonly composition: Composition;
  readonly loader: BatchLoader;
  readonly optimizer: Optimizer;
  readonly ema: Ema | undefined;
  readonly metrics: StepMetrics;
  readonly cache: TeacherCache | undefined;
}

interface PreparedStep extends StepInputs {
  /** B of this micro-batch; the last of an epoch may be smaller. */
  readonly count: number;
}

/** Training of a student with its helper modules, as the loop runs it. */
export function trainingLoop(parts: TrainingParts): Loop<PreparedStep> {
  const { composition, loader, optimizer, ema, metrics, cache } = parts;
  const { settings, data, task, teachers, learningRate } = composition;

  return {
    phases: [{ epochs: settings.epochs, stepsPerEpoch: composition.stepsPerEpoch }],
    variables: (clock) => learning(composition, clock),
    microSteps: (clock) => loader.microBatches(clock.stepInEpoch),

    async prepare(clock, micro) {
      // Images [B, H, W, C] in [0, 1], augmented, and the task's targets [B, …] for them, then changed by the hooks `batch`.
      const loaded = await loader.load(clock.epoch, clock.stepInEpoch, micro);
      const batch = await changedBatch(composition, loaded, clock);
      const count = batch.indices.length;
      // Terms whose weight is not 0 in this step, and what they read of which model.
      const plan = planStep(composition, clock);
      const images = tf.tensor4d(batch.images, [count, ...data.imageSize]);
      const number = clock.stepInEpoch * settings.accumulate + micro;
      try {
        // Logits [B, K], heads and taps of the teachers that are read; each runs once, or comes from the cache.
        const seen = { epoch: clock.epoch, number, indices: batch.indices, images };
        const frozen = await frozenForward(teachers, seen, plan, cache);
        const targets = tf.tensor(batch.targets, [count, ...task.targetShape(data)]);
        return { images, targets, frozen, plan, clock, micro, count };
      } catch (error) {
        images.dispose();
        throw error;
      }
    },

    loss(prepared) {
      const loss = explained(composition, prepared.count, () => studentLoss(composition, prepared));
      metrics.add(prepared.clock.step, prepared.plan, loss, prepared.count);
      return loss.total;
    },

    // Gradients of micro-batches are averaged by their images.
    weight: ({ count }) => count,

    update(gradients, clock) {
      changeGradients(composition, gradients, clock);
      const clipped =
        settings.clip === null ? gradients : clipByGlobalNorm(gradients, settings.clip).gradients;
      const updates = [...learning(composition, clock)].flatMap(([name, parameter]) => {
        const gradient = clipped.get(name);
        return gradient ? [{ name, parameter, gradient }] : [];
      });
      optimizer.apply(updates, learningRate.at(clock));
      ema?.update();
    },

    release({ images, targets, frozen }) {
      images.dispose();
      targets.dispose();
      for (const tensor of frozen.values()) tensor.dispose();
    },
  };
}

/** Phase B: student and helper modules forward, once each, then the terms and their sum. Runs on the tape. */
export function studentLoss(
  composition: Composition,
  inputs: StepInputs,
  rng: RunRng = composition.rng,
): StepLoss {
  const { terms } = inputs.plan;
  const reads = new StepReads(composition, inputs, rng);
  const parts = terms.map(({ term }) => reads.term(term));
  const weighted = parts.map((part, index) => tf.mul<tf.Scalar>(part, terms[index].weight));
  if (weighted.length === 0) throw noLoss(inputs.clock);
  const total = weighted.reduce((sum, part) => tf.add<tf.Scalar>(sum, part));
  return { total: changedLoss(composition, total, (hook) => reads.stepFor(hook, new Map())), parts };
}

/** What learns in an epoch, by name: the student, and the helper modules that have not left the optimiser. */
function learning(composition: Composition, { epoch }: Clock): Map<string, Parameter> {
  const finished = [...composition.modules.values()].filter(({ activeUntil }) => epoch >= activeUntil);
  const prefixes = finished.map(({ id }) => modulePrefix(id));
  return new Map(
    [...runParameters(composition)].filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))),
  );
}

/** A layer that needs more images than the last batch has cannot know which batch it was given. */
function explained<T>({ settings, showings }: Composition, count: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw count < settings.batch && isTooSmall(error) ? tooSmall(error, showings, settings) : error;
  }
}

const noLoss = ({ epoch }: Clock) =>
  kdxError('KDX_NO_LOSS', `No loss term is active in epoch ${epoch}; add a plugin that brings one.`);
