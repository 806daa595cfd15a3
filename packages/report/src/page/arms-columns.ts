import { h } from './dom';
import { count, duration, fixed, NONE, points } from './format';
import { gainText } from './gain-text';
import type { PageData, RunView, TeacherView } from './page-data';
import { scoreOf } from './scores';
import { type Series, settledRuns } from './series';
import { type Difference, differenceOf, spreadOf } from './statistics';
import { labelOf, taskOf, valueText } from './task';

/** Percent. A score that is this for every run, as top-5 of five classes is, says nothing. */
const WHOLE = 100;

/** A column of the table of arms. */
export interface Column {
  readonly key: string;
  readonly head: string;
  readonly title?: string;
  readonly ofArm: (arm: Series) => string | HTMLElement;
  readonly ofTeacher?: (teacher: TeacherView) => string;
}

/** Of the table of arms: the headline score first, then the others that say something. */
export function columnsOf(
  { t975, runs }: PageData,
  arms: readonly Series[],
  baseline: Series | undefined,
  split: string,
): Column[] {
  const values = (arm: Series, pick: (run: RunView) => number | undefined): number[] =>
    settledRuns(arm).flatMap((run) => pick(run) ?? []);
  const has = (pick: (run: RunView) => number | undefined): boolean =>
    arms.some((arm) => values(arm, pick).length > 0);
  const task = taskOf(runs);
  const { name } = task.headline;
  const label = labelOf(task, name);
  const main = (weights: string) => (run: RunView) => scoreOf(run, split, weights)?.values[name];
  const last = (score: string) => (run: RunView) => scoreOf(run, split, 'last')?.values[score];
  const others = Object.keys(task.scores).filter((score) => score !== name);
  /** Scores of the headline's unit, but for those that are the best there is for every run. */
  const alike = others.filter(
    (score) =>
      task.scores[score].unit !== undefined &&
      (task.scores[score].unit !== '%' ||
        has((run) => ((last(score)(run) ?? WHOLE) < WHOLE ? 1 : undefined))),
  );
  const spread = (arm: Series, pick: (run: RunView) => number | undefined): string =>
    spreadText(values(arm, pick));
  return [
    {
      key: 'seeds',
      head: 'seeds',
      title: 'finished, of all that have begun',
      ofArm: ({ runs }) => {
        const finished = runs.filter(({ state }) => state === 'finished').length;
        const names = runs.map(({ seed }) => seed ?? NONE).join(', ');
        return h(
          'span',
          { title: `seeds ${names}` },
          finished === runs.length ? names : `${finished} of ${runs.length}`,
        );
      },
    },
    {
      key: 'headline',
      head: `${split} ${label}`,
      title: "of the last epoch's weights, by the run's head rule",
      ofArm: (arm) => h('b', {}, spread(arm, main('last'))),
      ofTeacher: (teacher) => (teacher.split === split ? teacherText(teacher, name) : NONE),
    },
    {
      key: 'difference',
      head: 'difference',
      title: 'between runs of equal seeds, with its 95 % interval',
      ofArm: (arm) =>
        !baseline || arm.id === baseline.id
          ? NONE
          : differenceText(
              pairedDifference(arm, baseline, t975, split),
              task.headline.better,
              Math.min(arm.runs.length, baseline.runs.length),
            ),
    },
    ...(split === 'test' && has(main('best'))
      ? [
          {
            key: 'best',
            head: 'best epoch',
            title: `test ${label} of the weights of the epoch that was best on the validation split`,
            ofArm: (arm: Series) => spread(arm, main('best')),
          },
        ]
      : []),
    ...(split === 'test' && has(main('ema'))
      ? [
          {
            key: 'ema',
            head: 'EMA',
            title: `test ${label} of the averaged weights`,
            ofArm: (arm: Series) => spread(arm, main('ema')),
          },
        ]
      : []),
    ...alike.map((score) => ({
      key: score,
      head: labelOf(task, score),
      title: "of the last epoch's weights",
      ofArm: (arm: Series) => spread(arm, last(score)),
      ofTeacher: (teacher: TeacherView) => (teacher.split === split ? teacherText(teacher, score) : NONE),
    })),
    {
      key: 'parameters',
      head: 'parameters',
      title: 'of the student, or of the teacher',
      ofArm: ({ runs }) => count(runs.find(({ parameters }) => parameters !== undefined)?.parameters),
      ofTeacher: ({ parameters }) => count(parameters),
    },
    ...others
      .filter((score) => task.scores[score].unit === undefined)
      .map((score) => ({
        key: score,
        head: labelOf(task, score),
        title: `${labelOf(task, score)} on the ${split} split, mean over seeds`,
        ofArm: (arm: Series) => valueText(task, score, spreadOf(values(arm, last(score)))?.mean),
      })),
    {
      key: 'time',
      head: 'time',
      title: 'of training and evaluation, mean over seeds',
      ofArm: (arm) => duration(spreadOf(values(arm, ({ seconds }) => seconds))?.mean),
    },
  ];
}

const teacherText = ({ values }: TeacherView, score: string): string => fixed(values[score], 2);

/** `43.10 ± 0.35` */
function spreadText(values: readonly number[]): string {
  const spread = spreadOf(values);
  if (!spread) return NONE;
  return spread.mean.toFixed(2) + (spread.std === undefined ? '' : ` ± ${spread.std.toFixed(2)}`);
}

export function pairedDifference(
  arm: Series,
  other: Series,
  t975: readonly number[],
  split: string,
): Difference | undefined {
  const main = (run: RunView | undefined): number | undefined =>
    run && scoreOf(run, split, 'last')?.values[run.task.headline.name];
  const others = settledRuns(other);
  const differences = settledRuns(arm).flatMap((run) => {
    const own = main(run);
    const paired = main(others.find(({ seed }) => seed !== undefined && seed === run.seed));
    return own === undefined || paired === undefined ? [] : [own - paired];
  });
  return differenceOf(differences, t975);
}

/** @param most pairs there could be */
export function differenceText(
  difference: Difference | undefined,
  better: 'higher' | 'lower',
  most = 0,
): HTMLElement {
  if (!difference) return h('span', { title: 'no two runs of one seed' }, NONE);
  const { mean, interval, n } = difference;
  const pairs = n < most && h('small', {}, `${n} of ${most} seeds`);
  if (!interval) return h('span', {}, gainText(mean, false, better), ' ', h('small', {}, 'one seed'));
  const [low, high] = interval;
  const certain = low > 0 || high < 0;
  return h(
    'span',
    {},
    gainText(mean, certain, better),
    ` [${points(low)}, ${points(high)}]${certain ? '' : ' n.s.'}`,
    pairs,
  );
}
