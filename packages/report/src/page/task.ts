import { NONE } from './format';
import type { RunView, TaskView } from './page-data';

/** How a score is shown where no run says. */
const UNKNOWN: TaskView = { name: '', headline: { name: '', better: 'higher' }, scores: {} };

/** The task of the runs of a page; of several tasks that of the first run. */
export const taskOf = (runs: readonly RunView[]): TaskView => runs[0]?.task ?? UNKNOWN;

/** Scores of all tasks on a page, the headline of the first first. */
export function scoresOf(runs: readonly RunView[]): TaskView['scores'] {
  const { headline, scores } = taskOf(runs);
  const first = scores[headline.name];
  return Object.assign(
    first ? { [headline.name]: first } : {},
    ...runs.map(({ task }) => task.scores).reverse(),
  );
}

/** `top-1`; the name of a score that no task of the page labels. */
export const labelOf = ({ scores }: Pick<TaskView, 'scores'>, name: string): string =>
  scores[name]?.label ?? name;

/** `71.30 %`, or a bare number where a score has no unit. */
export function valueText(
  { scores }: Pick<TaskView, 'scores'>,
  name: string,
  value: number | null | undefined,
): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return NONE;
  const { unit, digits = 2 } = scores[name] ?? {};
  return [value.toFixed(digits), unit].filter(Boolean).join(' ');
}

/** What a difference of a score is counted in: percent differ by points. */
export const differenceUnit = ({ scores }: Pick<TaskView, 'scores'>, name: string): string => {
  const unit = scores[name]?.unit;
  return unit === '%'
    ? `points of ${labelOf({ scores }, name)}`
    : [labelOf({ scores }, name), unit && `in ${unit}`].filter(Boolean).join(' ');
};
