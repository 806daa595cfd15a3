import type { PageData, RunView } from './page-data';

/** Which lines there are, and which of them are on. */
export interface SeriesChoice {
  data: PageData;
  /** Whether runs that differ only in their seed are one line, and not each its own. */
  together: boolean;
  /** Ids of series whose lines are off. */
  hidden: Set<string>;
  /** The family that others are compared with, if the reader chose one. */
  baseline: string | undefined;
}

/** What has a line, a colour and a row of its own: the runs of a family together, or one run. */
export interface Series {
  readonly id: string;
  readonly name: string;
  /** Among all, which decides its colour. */
  readonly place: number;
  /** By seed; at least one. */
  readonly runs: readonly RunView[];
}

/** Whether runs can be put together at all. */
export const hasFamilies = ({ families }: PageData): boolean => families.some(({ runs }) => runs.length > 1);

/** Every family as it was sent, with its runs. */
export function familySeries({ families, runs }: PageData): Series[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return families
    .map(({ id, name, runs: ids }) => ({
      id,
      name,
      runs: ids.map((run) => byId.get(run)).filter((run) => run !== undefined),
    }))
    .filter((family) => family.runs.length > 0)
    .map((family, place) => ({ ...family, place }));
}

/** All that is drawn: families while they are together, else each run in the order of the page. */
export const seriesOf = ({ data, together }: Pick<SeriesChoice, 'data' | 'together'>): Series[] =>
  together
    ? familySeries(data)
    : data.runs.map((run, place) => ({ id: run.id, name: run.name, place, runs: [run] }));

/** Those whose lines are on. */
export const shownSeries = (state: SeriesChoice): Series[] =>
  seriesOf(state).filter(({ id }) => !state.hidden.has(id));

/** The series that a run is part of. */
export const seriesOfRun = (state: SeriesChoice, run: string): Series | undefined =>
  seriesOf(state).find(({ runs }) => runs.some(({ id }) => id === run));

/** The family that others are compared with: the reader's choice, the comparison's baseline, else the first. */
export function baselineOf({ data, baseline }: SeriesChoice): Series | undefined {
  const families = familySeries(data);
  const by = (id: string | undefined): Series | undefined => families.find((family) => family.id === id);
  return by(baseline) ?? by(data.baseline) ?? families[0];
}

/** Runs that have ended as they should; while none has, all. */
export function settledRuns({ runs }: Series): readonly RunView[] {
  const finished = runs.filter(({ state }) => state === 'finished');
  return finished.length > 0 ? finished : runs;
}
