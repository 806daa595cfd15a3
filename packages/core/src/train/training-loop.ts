import type { Ema, Optimizer, Parameter } from '@kdx/tensor';
import { clipByGlobalNorm } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { BatchLoader } from '../batch/batch-loader.js';
import { isTooSmall, tooSmall } from '../compose/check-last-batch.js';
import type { Composition } from '../compose/composition.js';
import type { HostBatch } from '../contracts/batch.js';
import type { Clock } from '../contracts/schedule.js';
import type { TeacherCache } from '../teacher-cache/teacher-cache.js';
import { changedBatch, changeGradients } from './changed-by-hooks.js';
import { frozenForward } from './frozen-forward.js';
import type { Loop } from './loop.js';
import { modulePrefix, runParameters } from './run-tensors.js';
import type { StepMetrics } from './step-metrics.js';
import { planStep } from './step-plan.js';
import { type StepInputs, studentLoss } from './student-step.js';

interface PreparedStep extends StepInputs {
  readonly count: number;
}

/** What a step is made with. */
export interface TrainingParts {
  readonly composition: Composition;
  readonly loader: BatchLoader;
  readonly optimizer: Optimizer;
  readonly ema: Ema | undefined;
  readonly metrics: StepMetrics;
  readonly cache: TeacherCache | undefined;
}

/** Training of a student with its helper modules, for `runLoop`. */
export function trainingLoop(parts: TrainingParts): Loop<PreparedStep> {
  const { composition, loader, optimizer, ema, metrics, cache } = parts;
  const { settings, data, student, teachers, modules, rng, learningRate } = composition;

  const learning = (clock: Clock): Map<string, Parameter> => {
    const finished = [...modules.values()].filter(({ activeUntil }) => clock.epoch >= activeUntil);
    const prefixes = finished.map(({ id }) => modulePrefix(id));
    return new Map(
      [...runParameters(composition)].filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))),
    );
  };

  /** A layer that wants more images than the last batch has cannot know which batch it was given. */
  const named = <T>(run: () => T, count: number): T => {
    try {
      return run();
    } catch (error) {
      const isShort = count < settings.batch && isTooSmall(error);
      throw isShort ? tooSmall(error, composition.showings, settings) : error;
    }
  };

  return {
    phases: [{ epochs: settings.epochs, stepsPerEpoch: composition.stepsPerEpoch }],
    variables: learning,
    microSteps: (clock) => loader.microBatches(clock.stepInEpoch),

    async prepare(clock, micro) {
      const loaded: HostBatch = await loader.load(clock.epoch, clock.stepInEpoch, micro);
      const batch = await changedBatch(composition, loaded, clock);
      const count = batch.indices.length;
      const plan = planStep(composition, clock);
      const images = tf.tensor4d(batch.images, [count, ...data.imageSize]);
      const number = clock.stepInEpoch * settings.accumulate + micro;
      const seen = { epoch: clock.epoch, number, indices: batch.indices, images };
      try {
        const frozen = await frozenForward(teachers, seen, plan, cache);
        const targets = tf.tensor2d(batch.targets, [count, student.spec.classes]);
        return { images, targets, frozen, plan, clock, micro, count };
      } catch (error) {
        images.dispose();
        throw error;
      }
    },

    loss(prepared) {
      const loss = named(() => studentLoss(composition, prepared, rng), prepared.count);
      metrics.add(prepared.clock.step, prepared.plan, loss, prepared.count);
      return loss.total;
    },

    weight: ({ count }) => count,

    update(gradients, clock) {
      changeGradients(composition, gradients, clock);
      const clipped =
        settings.clip === null ? gradients : clipByGlobalNorm(gradients, settings.clip).gradients;
      const updates = [...learning(clock)].flatMap(([name, parameter]) => {
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
