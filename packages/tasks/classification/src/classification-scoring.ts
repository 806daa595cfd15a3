import type { HeadRule, HeadScores, ScoredSplit, Scoring, ScoringOptions } from '@kdx/core';
import { type Confusion, type ConfusionCell, confusionCells } from './confusion.js';
import { kdxError } from './errors.js';
import { fuseHeads, usualHeadRule } from './fuse-heads.js';
import { StreamingMetrics } from './metrics.js';

/**
 * Scores every head by its name, and `fused` by the head rule. Where that picks one of several heads, `mean` has the mean of
 * their logits beside it.
 */
export class ClassificationScoring implements Scoring {
  readonly #classes: number;
  readonly #headRule: HeadRule;
  readonly #metrics = new Map<string, StreamingMetrics>();

  constructor({ model, headRule }: ScoringOptions) {
    this.#classes = model.spec.classes;
    this.#headRule = headRule ?? usualHeadRule(model);
  }

  /**
   * Counts a batch.
   * @param logits of every head, `[B, K]` row by row
   * @param labels class of each row
   * @throws KdxError `KDX_NON_FINITE`, `KDX_LABEL_RANGE`, `KDX_BATCH_SHAPE`, `KDX_HEAD_MISSING`
   */
  add(logits: Readonly<Record<string, Float32Array>>, labels: ArrayLike<number>): void {
    const rule = this.#headRule;
    const fused = (by: HeadRule): Float32Array => fuseHeads(by, logits, this.#classes);
    for (const [head, values] of Object.entries(logits)) this.#of(head).add(values, labels, head);
    this.#of('fused').add(fused(rule), labels, 'fused');
    const heads = Object.keys(logits);
    if (heads.length > 1 && heads.includes(rule) && !heads.includes('mean')) {
      this.#of('mean').add(fused('mean'), labels, 'mean');
    }
  }

  result(): HeadScores {
    if (this.#metrics.size === 0) {
      throw kdxError('KDX_NO_IMAGES', 'No image was scored; give the split at least one with --data.');
    }
    return Object.fromEntries(
      [...this.#metrics].map(([head, metric]) => [head, metric.result()]),
    ) as HeadScores;
  }

  /** Which classes the fused head takes for which: cells of the confusion matrix that are not 0. */
  get cells(): readonly ConfusionCell[] {
    return confusionCells(this.#metrics.get('fused')?.confusion() ?? []);
  }

  details({ split, weights, data }: ScoredSplit): { readonly confusion: Confusion } {
    return { confusion: { split, weights, classNames: data.labelNames, cells: this.cells } };
  }

  #of(head: string): StreamingMetrics {
    const known =
      this.#metrics.get(head) ?? new StreamingMetrics(this.#classes, { confusion: head === 'fused' });
    this.#metrics.set(head, known);
    return known;
  }
}
