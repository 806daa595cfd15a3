import type { Epochs, ExplainedTerm, Explanation, OverEpochs } from '@kdx/core/inspect';
import { number } from '@kdx/core/text';

/** Rows that a person reads in one go. */
const MOST_ROWS = 14;

/** Weights and teachers, for the epochs in which something changes. */
export interface ScheduleTable {
  readonly head: readonly string[];
  /** `…` in the first cell stands for rows left out, on the way between their neighbours. */
  readonly rows: readonly (readonly string[])[];
}

interface Row {
  readonly epochs: Epochs;
  readonly weights: readonly number[];
  readonly depths: readonly (string | null)[];
}

/** What holds in an epoch. */
export const valueIn = <T>(over: OverEpochs<T>, epoch: number): T =>
  (over.findLast(([from]) => from <= epoch) ?? over[0])[1];

/** Terms that are part of the loss in some epoch. */
export const activeTerms = ({ terms }: Explanation): readonly ExplainedTerm[] =>
  terms.filter(({ superseded, weights, movesWithinEpoch }) =>
    superseded ? false : movesWithinEpoch || weights.some(([, weight]) => weight !== 0),
  );

/** Undefined when nothing changes over the run. */
export function scheduleTable(explanation: Explanation): ScheduleTable | undefined {
  const last = explanation.training.epochs - 1;
  const terms = activeTerms(explanation).filter(({ weights }) => weights.length > 1);
  const teachers = explanation.models.filter(({ role, depth }) => role !== 'student' && depth.length > 1);
  const starts = [...terms.map(({ weights }) => weights), ...teachers.map(({ depth }) => depth)]
    .flatMap((over: OverEpochs<unknown>) => over.map(([epoch]) => epoch))
    .sort((a, b) => a - b);
  const epochs = [...new Set(starts)];
  if (epochs.length < 2) return undefined;
  const rows = epochs.map(
    (from, index): Row => ({
      epochs: [from, (epochs[index + 1] ?? last + 1) - 1],
      weights: terms.map(({ weights }) => valueIn(weights, from)),
      depths: teachers.map(({ depth }) => valueIn(depth, from)),
    }),
  );
  const kept = thinned(rows);
  return {
    head: ['epochs', ...terms.map(({ id }) => id), ...teachers.map(({ role }) => `${role} runs to`)],
    rows: kept.flatMap((row, index) => {
      const cells = [epochsText(row.epochs), ...row.weights.map(number), ...row.depths.map(depthText)];
      const gap = index > 0 && kept[index - 1].epochs[1] + 1 < row.epochs[0];
      return gap ? [['…', ...cells.slice(1).map(() => '')], cells] : [cells];
    }),
  };
}

/** Keeps the rows where something begins, ends or bends, then as many of the others as fit, evenly. */
function thinned(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MOST_ROWS) return rows;
  const corners = rows.flatMap((_, index) => (isCorner(rows, index) ? [index] : []));
  const evenly = Array.from({ length: MOST_ROWS }, (_, k) =>
    Math.round((k * (rows.length - 1)) / (MOST_ROWS - 1)),
  );
  const chosen = corners.length <= MOST_ROWS ? corners : evenly;
  return rows.filter((_, index) => chosen.includes(index));
}

function isCorner(rows: readonly Row[], index: number): boolean {
  const [before, row, after] = [rows[index - 1], rows[index], rows[index + 1]];
  if (!before || !after) return true;
  if (row.depths.join() !== before.depths.join() || row.depths.join() !== after.depths.join()) return true;
  const slope = (a: Row, b: Row, k: number): number =>
    (b.weights[k] - a.weights[k]) / (b.epochs[0] - a.epochs[0]);
  return row.weights.some((_, k) => {
    const [left, right] = [slope(before, row, k), slope(row, after, k)];
    return Math.abs(left - right) > 1e-6 * Math.max(Math.abs(left), Math.abs(right));
  });
}

/** A few points of the learning rate: where it starts, turns and ends, and some between. */
export function rateSamples(
  rates: OverEpochs<number>,
  epochs: number,
): readonly (readonly [epoch: number, rate: number])[] {
  if (rates.length <= 6) return rates;
  const at = (epoch: number): number => valueIn(rates, epoch);
  const peak = rates.reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
  const between = [1, 2, 3].map((quarter) =>
    Math.round(peak + (quarter / 4) * Math.max(0, epochs - 1 - peak)),
  );
  const sampled = [...new Set([0, peak, ...between, epochs - 1])].sort((a, b) => a - b);
  return sampled.map((epoch) => [epoch, at(epoch)] as const);
}

export const epochsText = ([from, to]: Epochs): string => (from === to ? `${from}` : `${from}–${to}`);

export const depthText = (depth: string | null): string => depth ?? 'not run';

/** `in every epoch`, `in epochs 0–24 and 28`, `never`. */
export function stretchesText(stretches: readonly Epochs[], epochs: number): string {
  if (stretches.length === 0) return 'never';
  if (stretches.length === 1 && stretches[0][0] === 0 && stretches[0][1] === epochs - 1)
    return 'in every epoch';
  const one = stretches.length === 1 && stretches[0][0] === stretches[0][1];
  return `in epoch${one ? '' : 's'} ${stretches.map(epochsText).join(', ')}`;
}
