import { keyedRng } from '@kdx/tensor';
import { kdxError } from '../errors.js';

export interface TargetPlan {
  /** The classes images are made of. */
  readonly classes: readonly number[];
  /** P. */
  readonly classesPerBatch: number;
  /** K. */
  readonly imagesPerClass: number;
  readonly seed: number;
}

/**
 * Target classes batch by batch: P different ones, K images of each in a row. Classes go round in an order that is shuffled
 * anew each time; one that a batch has already waits for the next. Depends on nothing but the plan.
 * @throws KdxError `KDX_SYNTH_CLASSES` when a batch wants more classes than there are
 */
export function* targetBatches(plan: TargetPlan): Generator<Int32Array, never> {
  const { classes, classesPerBatch, imagesPerClass, seed } = plan;
  if (classesPerBatch > classes.length) {
    throw kdxError(
      'KDX_SYNTH_CLASSES',
      `A batch of ${classesPerBatch} different classes cannot be made of ${classes.length}; say --set classesPerBatch=${classes.length}, or name more --classes.`,
    );
  }
  const waiting: number[] = [];
  for (let round = 0; ; ) {
    const batch: number[] = [];
    while (batch.length < classesPerBatch) {
      const next = waiting.findIndex((target) => !batch.includes(target));
      if (next >= 0) batch.push(...waiting.splice(next, 1));
      else waiting.push(...keyedRng(seed, 'classes', round++).shuffle([...classes]));
    }
    yield Int32Array.from(
      { length: classesPerBatch * imagesPerClass },
      (_, i) => batch[Math.floor(i / imagesPerClass)],
    );
  }
}
