import type { Scores } from '@kdx/core';
import { checkFinite } from './check-finite.js';
import { kdxError } from './errors.js';
import { logSumExp } from './softmax.js';

/** Bins of the calibration error, as in Guo et al. (2017), "On calibration of modern neural networks". */
const BINS = 15;

export interface MetricsOptions {
  /** Also counts which class was taken for which. Default false. */
  readonly confusion?: boolean;
}

/**
 * Accuracy, cross-entropy and calibration over any number of batches of host logits. Of classes with one logit the
 * lowest index wins, for top-1, top-5 and the predicted class alike.
 */
export class StreamingMetrics {
  readonly #classes: number;
  /** `[label · K + prediction]`, if asked for. */
  readonly #confusion: Float64Array | undefined;
  readonly #binCorrect = new Float64Array(BINS);
  readonly #binConfidence = new Float64Array(BINS);
  #images = 0;
  #top1 = 0;
  #top5 = 0;
  #loss = 0;

  constructor(classes: number, { confusion = false }: MetricsOptions = {}) {
    this.#classes = classes;
    this.#confusion = confusion ? new Float64Array(classes * classes) : undefined;
  }

  /**
   * Counts a batch.
   * @param logits `[B, K]` row by row.
   * @param labels Class index of each row.
   * @param head Named in errors.
   * @throws KdxError `KDX_NON_FINITE`, `KDX_LABEL_RANGE`, `KDX_BATCH_SHAPE`; the batch is then not counted.
   */
  add(logits: Float32Array, labels: ArrayLike<number>, head = 'class'): void {
    const K = this.#classes;
    checkBatch(logits, labels, K, head);
    checkFinite(logits, head, K);
    for (let row = 0; row < labels.length; row += 1) this.#addRow(logits, row * K, labels[row]);
  }

  /** Percent, nats, and the calibration error in [0, 1]. @throws KdxError `KDX_NO_IMAGES` before the first image. */
  result(): Scores {
    const images = this.#images;
    if (images === 0) {
      throw kdxError('KDX_NO_IMAGES', 'No image was scored; give the split at least one with --data.');
    }
    let gaps = 0;
    for (let bin = 0; bin < BINS; bin += 1)
      gaps += Math.abs(this.#binCorrect[bin] - this.#binConfidence[bin]);
    return {
      images,
      top1: (100 * this.#top1) / images,
      top5: (100 * this.#top5) / images,
      loss: this.#loss / images,
      ece: gaps / images, // Σ |B|/n · |accuracy(B) − confidence(B)|, the |B| cancelled
    };
  }

  /** Images of class `row` that were taken for class `column`; undefined unless asked for. */
  confusion(): number[][] | undefined {
    const counts = this.#confusion;
    const K = this.#classes;
    return counts && Array.from({ length: K }, (_, row) => [...counts.subarray(row * K, (row + 1) * K)]);
  }

  #addRow(logits: Float32Array, start: number, label: number): void {
    const K = this.#classes;
    const own = logits[start + label];
    let better = 0; // classes ranked before the label
    let best = 0;
    for (let k = 0; k < K; k += 1) {
      const other = logits[start + k];
      if (other > own || (other === own && k < label)) better += 1;
      if (other > logits[start + best]) best = k;
    }
    const norm = logSumExp(logits, start, K);
    const confidence = Math.exp(logits[start + best] - norm);
    // Bins are (k/15, (k+1)/15]; a confidence is at least 1/K, so never 0.
    const bin = Math.min(BINS - 1, Math.ceil(confidence * BINS) - 1);
    this.#images += 1;
    this.#top1 += Number(better === 0);
    this.#top5 += Number(better < Math.min(5, K));
    this.#loss += norm - own;
    this.#binCorrect[bin] += Number(best === label);
    this.#binConfidence[bin] += confidence;
    if (this.#confusion) this.#confusion[label * K + best] += 1;
  }
}

function checkBatch(logits: Float32Array, labels: ArrayLike<number>, classes: number, head: string): void {
  if (logits.length !== labels.length * classes) {
    throw kdxError(
      'KDX_BATCH_SHAPE',
      `Head "${head}" gave ${logits.length} logits for ${labels.length} labels of ${classes} classes; its model must be built for these classes.`,
    );
  }
  for (let row = 0; row < labels.length; row += 1) {
    if (Number.isInteger(labels[row]) && labels[row] >= 0 && labels[row] < classes) continue;
    throw kdxError(
      'KDX_LABEL_RANGE',
      `A label is ${labels[row]} and head "${head}" has the classes 0 to ${classes - 1}; build the model for the classes of the data.`,
    );
  }
}
