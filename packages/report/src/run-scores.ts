import type { HeadScores, TaskLabels } from '@kdx/core';
import { type History, scoreOf } from './history.js';
import type { HeadScore } from './page/page-data.js';
import type { SoundSummary } from './run-schemas.js';
import { taskLabels } from './task-labels.js';

/** How a run scored in the end: by its summary, else by what its events say so far. */
export function runScores(summary: SoundSummary | undefined, history: History): HeadScore[] {
  if (summary?.validation || summary?.test) {
    const { validation, test } = summary;
    const task = taskLabels(summary.task);
    const rows = (split: string, weights: string, heads: HeadScores | undefined): HeadScore[] =>
      rowsOf(task, split, weights, heads);
    return [
      ...rows('validation', 'last', validation?.last),
      ...rows('validation', 'best', validation?.best),
      ...rows('validation', 'ema', validation?.ema),
      ...rows('test', 'last', test?.last),
      ...rows('test', 'best', test?.best),
      ...rows('test', 'ema', test?.ema),
    ];
  }
  const soFar = [...history.validation].flatMap(([name, curve]): HeadScore[] => {
    // Averaged weights have their own curve; what is scored "last" is the student's own.
    const [, averaged] = /^(.*) \(EMA\)$/s.exec(name) ?? [];
    if ((averaged === undefined && / \(.*\)$/.test(name)) || curve.epochs.length === 0) return [];
    const of = (weights: string, at: number): HeadScore => ({
      split: 'validation',
      weights,
      head: averaged ?? name,
      images: 0,
      values: Object.fromEntries(Object.entries(curve.values).map(([score, values]) => [score, values[at]])),
    });
    const chosenBy = (history.bestWeights === 'ema') === (averaged !== undefined);
    const best = chosenBy ? curve.epochs.indexOf(history.bestEpoch ?? -1) : -1;
    const newest = of(averaged === undefined ? 'last' : 'ema', curve.epochs.length - 1);
    return [newest, ...(best < 0 ? [] : [of('best', best)])];
  });
  return [...soFar, ...[...history.tests.values()].flat()];
}

function rowsOf(
  task: TaskLabels,
  split: string,
  weights: string,
  heads: HeadScores | undefined,
): HeadScore[] {
  return Object.entries(heads ?? {}).flatMap(([head, scores]) => {
    try {
      return [scoreOf(task, { split, weights, head }, scores)];
    } catch (error) {
      // A summary that someone has edited; what is left of it is shown.
      if (error instanceof TypeError) return [];
      throw error;
    }
  });
}
