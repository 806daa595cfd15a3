import { setImmediate } from 'node:timers/promises';
import type { Split } from '../contracts/data.js';
import type { HeadRule, ImageSize, Model } from '../contracts/model.js';
import type { Scoring, Task } from '../contracts/task.js';
import { kdxError } from '../errors.js';
import { blamingWeights } from './blaming-weights.js';
import { drawSample } from './draw-sample.js';
import { headLogits } from './head-logits.js';
import { splitImages } from './split-images.js';

export interface EvaluateOptions {
  readonly imageSize: ImageSize;
  /** Which head, or fusion of heads, is scored as `fused`. Default: what is usual for the model. */
  readonly headRule?: HeadRule;
  /** Images per forward. Default 100. */
  readonly batch?: number;
  /** Whether this run trains the model, which is then what makes an output NaN. Default false: its weights are given. */
  readonly training?: boolean;
  /** Score a sample of so many images by {@link drawSample}. Default all. */
  readonly limit?: number;
  /** Called after each batch with the images done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a model over a split in inference mode and lets a task score what it gives.
 * @returns the scoring, to which every batch was added
 * @throws KdxError `KDX_NON_FINITE` when a head gives NaN, `KDX_WEIGHTS_NON_FINITE` when given weights hold it,
 *   `KDX_INTERRUPTED` by the signal.
 */
export async function scoreSplit(
  task: Pick<Task, 'score'>,
  model: Model,
  split: Split,
  options: EvaluateOptions,
): Promise<Scoring> {
  const score = (): Promise<Scoring> => addBatches(task, model, split, options);
  return options.training ? score() : blamingWeights(model, score);
}

async function addBatches(
  task: Pick<Task, 'score'>,
  model: Model,
  split: Split,
  options: EvaluateOptions,
): Promise<Scoring> {
  const { imageSize, headRule, batch = 100 } = options;
  const { indices: sample } = drawSample(split, options.limit ?? split.length);
  const total = sample.length;
  const scoring = task.score({ model, headRule });
  for (let start = 0; start < total; start += batch) {
    // Yield to the event loop; otherwise signals and timers would starve between batches.
    await setImmediate();
    if (options.signal?.aborted) throw kdxError('KDX_INTERRUPTED', 'Interrupted while scoring images.');
    const count = Math.min(batch, total - start);
    const { images, labels } = await splitImages(split, sample.subarray(start, start + count), imageSize);
    scoring.add(await headLogits(model, images, imageSize), labels);
    options.onProgress?.(start + count, total);
  }
  return scoring;
}
