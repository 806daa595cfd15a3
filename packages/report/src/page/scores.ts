import type { HeadScore, RunView } from './page-data';

/** The score of a head, by default of what the run is judged by. */
export const scoreOf = (
  { scores }: RunView,
  split: string,
  weights: string,
  head = 'fused',
): HeadScore | undefined =>
  scores.find((score) => score.split === split && score.weights === weights && score.head === head);

/** The split that runs are compared on: the test split where any has one. */
export const comparedSplit = (runs: readonly RunView[]): 'test' | 'validation' =>
  runs.length === 0 || runs.some((run) => scoreOf(run, 'test', 'last')) ? 'test' : 'validation';
