import type { Metric, PageData, RunView } from './page-data';

/** What is shown, and how the reader wants it. */
export interface State {
  data: PageData;
  /** Ids of runs whose lines are off. */
  readonly hidden: Set<string>;
  /** The run that others are compared with. */
  baseline: string | undefined;
  xAxis: 'epoch' | 'step';
  /** Of the loss: 0 draws what was logged. */
  smoothing: number;
  metric: Metric;
  confusionRun: string | undefined;
}

/** A part of the page that draws the state again whenever it changed. */
export interface Part {
  readonly element: HTMLElement;
  update(state: State): void;
}

/** Lines that are on at first; more are a tangle. */
const FIRST = 14;

export const firstState = (data: PageData): State => ({
  data,
  hidden: new Set(data.runs.slice(FIRST).map(({ id }) => id)),
  baseline: undefined,
  xAxis: 'epoch',
  smoothing: 0.6,
  metric: 'top1',
  confusionRun: undefined,
});

/** The run others are compared with: the reader's choice, else the first. */
export const baselineOf = ({ data, baseline }: State): RunView | undefined =>
  data.runs.find(({ id }) => id === baseline) ?? data.runs[0];

/** Runs whose lines are on, with their places among all. */
export const shownRuns = ({ data, hidden }: State): { readonly run: RunView; readonly place: number }[] =>
  data.runs.map((run, place) => ({ run, place })).filter(({ run }) => !hidden.has(run.id));
