import type { RunView } from './page-data';

/** A chart of accuracies: of one head, under one kind of weights. */
export interface AccuracyChart {
  readonly head: string;
  /** As scores of the test split name them: `last`, `ema`. */
  readonly weights: string;
  /** Its key in the validation curves of runs. */
  readonly curve: string;
  /** What tells it from the others; nothing where it is the only one. */
  readonly title: string | undefined;
}

const LAST = 'last';
/** The weights of the best epoch are a point of the last weights' curve, and have none of their own. */
const BEST = 'best';
const FUSED = 'fused';

/**
 * The charts that the runs of a page need. What runs are judged by comes first, averaged weights after the student's own. A
 * single head is what the fused one is made of, so only that is drawn; that is so under any weights.
 */
export function accuracyCharts(runs: readonly Pick<RunView, 'validation' | 'scores'>[]): AccuracyChart[] {
  const found = runs.flatMap(({ validation, scores }) => [
    ...Object.keys(validation).map(splitName),
    ...scores
      .filter(({ split, weights }) => split === 'test' && weights !== BEST)
      .map(({ head, weights }) => ({ head, weights })),
  ]);
  const unique = [...new Map(found.map((one) => [curveOf(one), one])).entries()];
  const heads = new Set(found.map(({ head }) => head).filter((head) => head !== FUSED));
  const several = heads.size > 1;
  const hasFused = found.some(({ head }) => head === FUSED);
  const rank = ({ head, weights }: (typeof found)[number]): number =>
    2 * Number(weights !== LAST) + Number(head !== FUSED);
  return unique
    .filter(([, { head }]) => several || !hasFused || head === FUSED)
    .sort(([, a], [, b]) => rank(a) - rank(b))
    .map(([curve, one]) => ({ ...one, curve, title: titleOf(one, several) }));
}

/** `class (EMA)` of the validation curves is the head `class` under the weights `ema`. */
function splitName(name: string): { readonly head: string; readonly weights: string } {
  const [, head, weights] = /^(.*) \(([A-Z]+)\)$/s.exec(name) ?? [];
  return head === undefined ? { head: name, weights: LAST } : { head, weights: weights.toLowerCase() };
}

const curveOf = ({ head, weights }: { readonly head: string; readonly weights: string }): string =>
  weights === LAST ? head : `${head} (${weights.toUpperCase()})`;

function titleOf(
  { head, weights }: { readonly head: string; readonly weights: string },
  several: boolean,
): string | undefined {
  const of = several ? [head === FUSED ? 'all heads together' : `head “${head}”`] : [];
  const averaged =
    weights === LAST ? [] : [weights === 'ema' ? 'averaged weights (EMA)' : `${weights} weights`];
  return [...of, ...averaged].join(', ') || undefined;
}
