import type { PageData } from './page-data';
import { type SeriesChoice, seriesOf } from './series';

/** What is shown, and how the reader wants it. */
export interface State extends SeriesChoice {
  /** What is drawn around a mean over seeds. */
  band: 'range' | 'std' | 'none';
  xAxis: 'epoch' | 'step';
  /** Of the loss: 0 draws what was logged. */
  smoothing: number;
  /** The score that is drawn; undefined: the headline. */
  metric: string | undefined;
  confusionRun: string | undefined;
}

/** A part of the page that draws the state again whenever it changed. */
export interface Part {
  readonly element: HTMLElement;
  update(state: State): void;
}

/** Lines that are on at first; more are a tangle. */
const FIRST = 14;

export function firstState(data: PageData): State {
  // Runs that come while the page is open may be the first to have a sibling.
  const together = true;
  return {
    data,
    together,
    band: 'range',
    hidden: firstHidden({ data, together }),
    baseline: undefined,
    xAxis: 'epoch',
    smoothing: 0.6,
    metric: undefined,
    confusionRun: undefined,
  };
}

/** The lines that are off while there are too many. */
export const firstHidden = (state: Pick<State, 'data' | 'together'>): Set<string> =>
  new Set(
    seriesOf(state)
      .slice(FIRST)
      .map(({ id }) => id),
  );
