import type { HeadScores, Model, Split } from '@kdx/core';
import { type EvaluateOptions, scoreSplit } from '@kdx/core/run';
import { ClassificationScoring } from './classification-scoring.js';
import type { ConfusionCell } from './confusion.js';

/**
 * Scores a classifier on a split in inference mode: every head by its name, and `fused` by the head rule. Where that picks one
 * of several heads, `mean` has the mean of their logits beside it.
 * @throws KdxError `KDX_NON_FINITE` when a head gives NaN, `KDX_WEIGHTS_NON_FINITE` when given weights hold it,
 *   `KDX_NO_IMAGES`, `KDX_INTERRUPTED` by the signal
 */
export async function evaluate(model: Model, split: Split, options: EvaluateOptions): Promise<HeadScores> {
  return (await evaluateWithConfusion(model, split, options)).heads;
}

/** What {@link evaluate} finds, and which classes the fused head takes for which. @throws KdxError as {@link evaluate} */
export async function evaluateWithConfusion(
  model: Model,
  split: Split,
  options: EvaluateOptions,
): Promise<{ readonly heads: HeadScores; readonly cells: readonly ConfusionCell[] }> {
  let scoring: ClassificationScoring | undefined;
  const task = {
    score: (given: ConstructorParameters<typeof ClassificationScoring>[0]) => {
      scoring = new ClassificationScoring(given);
      return scoring;
    },
  };
  const heads = (await scoreSplit(task, model, split, options)).result();
  return { heads, cells: scoring?.cells ?? [] };
}
