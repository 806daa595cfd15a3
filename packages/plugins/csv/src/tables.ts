import type { HeadScores, LoggedEvent, Scores } from '@kdx/core';

export type Row = Readonly<Record<string, string | number | undefined>>;

/** The files, and the columns that each has in any case, in order; columns of terms come after them. */
export const TABLES = {
  'steps.csv': ['step', 'epoch', 'loss', 'learning_rate', 'images_per_second', 'time'],
  'epochs.csv': ['epoch', 'step', 'loss', 'seconds', 'time'],
  'scores.csv': [
    'step',
    'epoch',
    'model',
    'split',
    'weights',
    'head',
    'images',
    'top1',
    'top5',
    'loss',
    'ece',
    'time',
  ],
} as const satisfies Record<string, readonly string[]>;

export type TableName = keyof typeof TABLES;

const prefixed = (prefix: string, values: Readonly<Record<string, number>> = {}): Row =>
  Object.fromEntries(Object.entries(values).map(([id, value]) => [`${prefix}:${id}`, value]));

const scoreRow = ({ images, top1, top5, loss, ece }: Scores): Row => ({ images, top1, top5, loss, ece });

const headRows = (heads: HeadScores, row: Row): Row[] =>
  Object.entries(heads).map(([head, scores]) => ({ ...row, head, ...scoreRow(scores) }));

/** The rows that an event is, and of which file. Steps and epochs count as in `events.jsonl`: epochs from 0. */
export function rowsOf(
  event: LoggedEvent,
): { readonly table: TableName; readonly rows: readonly Row[] } | undefined {
  const { time } = event;
  switch (event.type) {
    case 'step': {
      const { step, epoch, loss, learningRate, imagesPerSecond } = event;
      const terms = { ...prefixed('term', event.terms), ...prefixed('weight', event.weights) };
      const row = {
        step,
        epoch,
        loss,
        learning_rate: learningRate,
        images_per_second: imagesPerSecond,
        time,
      };
      return { table: 'steps.csv', rows: [{ ...row, ...terms }] };
    }
    case 'epoch': {
      const { step, epoch, loss, seconds } = event;
      return {
        table: 'epochs.csv',
        rows: [{ epoch, step, loss, seconds, time, ...prefixed('term', event.terms) }],
      };
    }
    case 'evaluation': {
      const { step, epoch, split, weights } = event;
      return {
        table: 'scores.csv',
        rows: headRows(event.heads, { step, epoch, model: 'student', split, weights, time }),
      };
    }
    case 'teacher': {
      // Scored once, before the first step.
      const row = { step: 0, model: event.name, split: event.split, head: 'fused', time };
      return { table: 'scores.csv', rows: [{ ...row, ...scoreRow(event.scores) }] };
    }
    default:
      return undefined;
  }
}
