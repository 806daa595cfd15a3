import type { Score } from '@kdx/data';
import { kdxError } from '../errors.js';

/**
 * What a network says of images, from its logits: the probability of each target, its own choice (the first of equals) and
 * the probability of that. Softmax in float64.
 * @param logits `[B, K]`
 * @param targets B classes
 * @throws KdxError `KDX_NON_FINITE`
 */
export function scoresOf(logits: Float32Array, targets: ArrayLike<number>): Score[] {
  const K = logits.length / targets.length;
  return Array.from(targets, (target, row) => {
    const z = logits.subarray(row * K, (row + 1) * K);
    const top1 = z.reduce((best, value, k) => (value > z[best] ? k : best), 0);
    const sum = z.reduce((total, value) => total + Math.exp(value - z[top1]), 0);
    if (!Number.isFinite(sum)) {
      throw kdxError(
        'KDX_NON_FINITE',
        `The logits of image ${row} of a batch are no numbers (${z.find((value) => !Number.isFinite(value))} among them); check the network's weights with kdx eval.`,
      );
    }
    return { target: Math.exp(z[target] - z[top1]) / sum, top1, confidence: 1 / sum };
  });
}

/** How well a network recognises images as their targets. */
export interface Recognition {
  /** Share of the images it takes for their target, in [0, 1]. */
  readonly accuracy: number;
  /** Mean probability of the target. */
  readonly target: number;
  /** Mean probability of its own choice. */
  readonly confidence: number;
}

/** @param labels target of each score */
export function recognition(scores: readonly Score[], labels: ArrayLike<number>): Recognition {
  const mean = (value: (score: Score, index: number) => number) =>
    scores.reduce((sum, score, index) => sum + value(score, index), 0) / scores.length;
  return {
    accuracy: mean(({ top1 }, index) => (top1 === labels[index] ? 1 : 0)),
    target: mean(({ target }) => target),
    confidence: mean(({ confidence }) => confidence),
  };
}
