import * as tf from '@tensorflow/tfjs';
import type { Split } from '../contracts/data.js';
import type { HeadRule, ImageSize, Model } from '../contracts/model.js';
import type { HeadScores } from '../events/event-stream.js';
import { normalizeImages } from '../train/normalize-images.js';
import { fuseHeads } from './fuse-heads.js';
import { StreamingMetrics } from './metrics.js';

export interface EvaluateOptions {
  readonly imageSize: ImageSize;
  readonly headRule: HeadRule;
  /** Images per forward. Default 100. */
  readonly batch?: number;
  /** Score only the first so many images. Default all. */
  readonly limit?: number;
  /** Called after each batch with the images done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Scores a model on a split in inference mode: every head by its name, and `fused` by the head rule.
 * @throws KdxError `KDX_NON_FINITE` when a head gives NaN.
 */
export async function evaluate(model: Model, split: Split, options: EvaluateOptions): Promise<HeadScores> {
  const { imageSize, headRule, batch = 100 } = options;
  const { classes } = model.spec;
  const total = Math.min(options.limit ?? split.length, split.length);
  const size = imageSize[0] * imageSize[1] * imageSize[2];
  const metrics = new Map<string, StreamingMetrics>();
  const metricsOf = (head: string): StreamingMetrics => {
    const known = metrics.get(head) ?? new StreamingMetrics(classes);
    metrics.set(head, known);
    return known;
  };
  for (let start = 0; start < total; start += batch) {
    const count = Math.min(batch, total - start);
    const host = new Float32Array(count * size);
    const labels = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      await split.read(start + row, host.subarray(row * size, (row + 1) * size));
      labels[row] = split.labels[start + row];
    }
    const heads = tf.tidy(() => {
      const images = tf.tensor4d(host, [count, ...imageSize]);
      return { ...model.forward(normalizeImages(images, model.spec), { training: false }).heads };
    });
    const logits: Record<string, Float32Array> = {};
    for (const [head, tensor] of Object.entries(heads)) {
      logits[head] = (await tensor.data()) as Float32Array;
      tensor.dispose();
      metricsOf(head).add(logits[head], labels, head);
    }
    metricsOf('fused').add(fuseHeads(headRule, logits, classes), labels, 'fused');
    options.onProgress?.(start + count, total);
  }
  return Object.fromEntries([...metrics].map(([head, metric]) => [head, metric.result()]));
}
