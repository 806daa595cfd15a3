import { setImmediate } from 'node:timers/promises';
import type { Split } from '../contracts/data.js';
import type { HeadRule, ImageSize, Model } from '../contracts/model.js';
import { kdxError } from '../errors.js';
import type { HeadScores } from '../events/event-stream.js';
import { blamingWeights } from './blaming-weights.js';
import { type ConfusionCell, confusionCells } from './confusion.js';
import { drawSample } from './draw-sample.js';
import { fuseHeads } from './fuse-heads.js';
import { headLogits } from './head-logits.js';
import { StreamingMetrics } from './metrics.js';
import { splitImages } from './split-images.js';

export interface EvaluateOptions {
  readonly imageSize: ImageSize;
  readonly headRule: HeadRule;
  /** Images per forward. Default 100. */
  readonly batch?: number;
  /** Whether this run trains the model, which is then what makes a logit NaN. Default false: its weights are given. */
  readonly training?: boolean;
  /** Score a sample of so many images by {@link drawSample}. Default all. */
  readonly limit?: number;
  /** Called after each batch with the images done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Scores a model on a split in inference mode: every head by its name, and `fused` by the head rule. Where that picks one of
 * several heads, `mean` has the mean of their logits beside it.
 * @throws KdxError `KDX_NON_FINITE` when a head gives NaN, `KDX_WEIGHTS_NON_FINITE` when given weights hold it,
 *   `KDX_INTERRUPTED` by the signal.
 */
export async function evaluate(model: Model, split: Split, options: EvaluateOptions): Promise<HeadScores> {
  return (await evaluateWithConfusion(model, split, options)).heads;
}

/** What {@link evaluate} finds, and which classes the fused head takes for which. @throws KdxError `KDX_NON_FINITE` */
export async function evaluateWithConfusion(
  model: Model,
  split: Split,
  options: EvaluateOptions,
): Promise<{ readonly heads: HeadScores; readonly cells: readonly ConfusionCell[] }> {
  return options.training
    ? score(model, split, options)
    : blamingWeights(model, () => score(model, split, options));
}

async function score(
  model: Model,
  split: Split,
  options: EvaluateOptions,
): Promise<{ readonly heads: HeadScores; readonly cells: readonly ConfusionCell[] }> {
  const { imageSize, headRule, batch = 100 } = options;
  const { classes } = model.spec;
  const { indices: sample } = drawSample(split, options.limit ?? split.length);
  const total = sample.length;
  const metrics = new Map<string, StreamingMetrics>();
  const metricsOf = (head: string): StreamingMetrics => {
    const known = metrics.get(head) ?? new StreamingMetrics(classes, { confusion: head === 'fused' });
    metrics.set(head, known);
    return known;
  };
  for (let start = 0; start < total; start += batch) {
    // Yield to the event loop; otherwise signals and timers would starve between batches.
    await setImmediate();
    if (options.signal?.aborted) throw kdxError('KDX_INTERRUPTED', 'Interrupted while scoring images.');
    const count = Math.min(batch, total - start);
    const { images, labels } = await splitImages(split, sample.subarray(start, start + count), imageSize);
    const logits = await headLogits(model, images, imageSize);
    for (const [head, values] of Object.entries(logits)) metricsOf(head).add(values, labels, head);
    metricsOf('fused').add(fuseHeads(headRule, logits, classes), labels, 'fused');
    const heads = Object.keys(logits);
    if (heads.length > 1 && heads.includes(headRule) && !heads.includes('mean')) {
      metricsOf('mean').add(fuseHeads('mean', logits, classes), labels, 'mean');
    }
    options.onProgress?.(start + count, total);
  }
  return {
    // Each batch adds to it, and a split without images is refused above.
    heads: Object.fromEntries([...metrics].map(([head, metric]) => [head, metric.result()])) as HeadScores,
    cells: confusionCells(metrics.get('fused')?.confusion() ?? []),
  };
}
