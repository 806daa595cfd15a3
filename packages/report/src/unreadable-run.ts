import { relative } from 'node:path';
import type { Curve, RunView } from './page/page-data.js';
import { taskLabels } from './task-labels.js';

const NOTHING: Curve = { x: [], y: [] };

/** What a page shows of a run that cannot be looked at: why, and what was seen of it before. */
export const unreadableRun = (
  directory: string,
  name: string,
  why: string,
  before: RunView | undefined,
): RunView => ({
  ...(before ?? nothingOf(directory)),
  name,
  state: 'unreadable',
  stateText: 'cannot be looked at',
  notes: [`This run cannot be looked at: ${why}`],
});

const nothingOf = (directory: string) => ({
  id: directory,
  directory: relative(process.cwd(), directory) || '.',
  task: taskLabels(undefined),
  teachers: [],
  step: 0,
  curves: { loss: NOTHING, terms: {}, learningRate: NOTHING, imagesPerSecond: NOTHING },
  validation: {},
  scores: [],
  teacherScores: [],
  log: [],
  config: [],
  environment: [],
});
