import { h, section, swatch } from './dom';
import { count, duration, fixed, NONE, points } from './format';
import { gainText } from './gain-text';
import type { PageData, RunView, TeacherView } from './page-data';
import { comparedSplit, scoreOf } from './scores';
import { baselineOf, familySeries, hasFamilies, type Series, settledRuns } from './series';
import type { Part, State } from './state';
import { type Difference, differenceOf, spreadOf } from './statistics';
import { lineLook } from './theme';

/** Percent. With at most five classes every top-5 is this, and says nothing. */
const TOP5 = 100;

/** A row for each arm, its seeds together: mean ± std, and the difference to another arm seed by seed. */
export function armsTable(redraw: (state: State) => void): Part {
  const table = h('table');
  const select = h('select', { id: 'baseline-arm' });
  const choose = h('label', { class: 'choose', for: 'baseline-arm' }, 'compared with ', select);
  const caption = h('p', { class: 'note' });
  const pairs = h('table', { id: 'arm-pairs' });
  const fold = h('details', {}, h('summary', {}, 'Every two arms'), h('div', { class: 'scroll' }, pairs));
  const element = section('arms', 'Arms', choose, h('div', { class: 'scroll' }, table), caption, fold);
  let shown: State | undefined;
  select.addEventListener('change', () => {
    if (!shown) return;
    shown.baseline = select.value;
    redraw(shown);
  });
  return {
    element,
    update(state) {
      shown = state;
      const { data } = state;
      element.hidden = !hasFamilies(data);
      if (element.hidden) return;
      const arms = familySeries(data);
      const baseline = baselineOf(state);
      choose.hidden = arms.length < 2;
      fold.hidden = arms.length < 3;
      // A list that is open in front of the reader is not changed under them.
      if (document.activeElement !== select) {
        select.replaceChildren(
          ...arms.map(({ id, name }) => h('option', { value: id, selected: id === baseline?.id }, name)),
        );
      }
      const split = comparedSplit(data.runs);
      const columns = columnsOf(data, arms, baseline, split);
      table.replaceChildren(
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'arm'),
            ...columns.map(({ head, title }) => h('th', { scope: 'col', title }, head)),
          ),
        ),
        h(
          'tbody',
          {},
          ...data.teachers.map((teacher) => teacherRow(teacher, columns)),
          ...arms.map((arm) => armRow(arm, state, columns)),
        ),
      );
      caption.textContent = captionOf(baseline, split);
      pairs.replaceChildren(...pairRows(arms, data, split));
    },
  };
}

interface Column {
  readonly key: string;
  readonly head: string;
  readonly title?: string;
  readonly ofArm: (arm: Series) => string | HTMLElement;
  readonly ofTeacher?: (teacher: TeacherView) => string;
}

const captionOf = (baseline: Series | undefined, split: string): string =>
  [
    `Mean ± standard deviation over the seeds that have finished, ${split} split.`,
    baseline &&
      `Difference to ${baseline.name} in points of top-1, between runs of equal seeds only, with its 95 % interval (Student's t); n.s. where that holds 0.`,
  ]
    .filter(Boolean)
    .join(' ');

function columnsOf(
  { t975 }: PageData,
  arms: readonly Series[],
  baseline: Series | undefined,
  split: string,
): Column[] {
  const values = (arm: Series, pick: (run: RunView) => number | undefined): number[] =>
    settledRuns(arm).flatMap((run) => pick(run) ?? []);
  const top1 = (weights: string) => (run: RunView) => scoreOf(run, split, weights)?.top1;
  const top5 = (run: RunView) => scoreOf(run, split, 'last')?.top5;
  const has = (pick: (run: RunView) => number | undefined): boolean =>
    arms.some((arm) => values(arm, pick).length > 0);
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
      key: 'top1',
      head: `${split} top-1`,
      title: "of the last epoch's weights, by the run's head rule",
      ofArm: (arm) => h('b', {}, spread(arm, top1('last'))),
      ofTeacher: (teacher) => (teacher.split === split ? teacher.top1.toFixed(2) : NONE),
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
              Math.min(arm.runs.length, baseline.runs.length),
            ),
    },
    ...(split === 'test' && has(top1('best'))
      ? [
          {
            key: 'best',
            head: 'best epoch',
            title: 'test top-1 of the weights of the epoch that was best on the validation split',
            ofArm: (arm: Series) => spread(arm, top1('best')),
          },
        ]
      : []),
    ...(split === 'test' && has(top1('ema'))
      ? [
          {
            key: 'ema',
            head: 'EMA',
            title: 'test top-1 of the averaged weights',
            ofArm: (arm: Series) => spread(arm, top1('ema')),
          },
        ]
      : []),
    ...(has((run) => ((top5(run) ?? TOP5) < TOP5 ? 1 : undefined))
      ? [
          {
            key: 'top5',
            head: 'top-5',
            title: "of the last epoch's weights",
            ofArm: (arm: Series) => spread(arm, top5),
            ofTeacher: (teacher: TeacherView) => (teacher.split === split ? teacher.top5.toFixed(2) : NONE),
          },
        ]
      : []),
    {
      key: 'parameters',
      head: 'parameters',
      title: 'of the student, or of the teacher',
      ofArm: ({ runs }) => count(runs.find(({ parameters }) => parameters !== undefined)?.parameters),
      ofTeacher: ({ parameters }) => count(parameters),
    },
    {
      key: 'ece',
      head: 'ECE',
      title: `expected calibration error on the ${split} split, from 0 to 1`,
      ofArm: (arm) => fixed(spreadOf(values(arm, (run) => scoreOf(run, split, 'last')?.ece))?.mean, 3),
    },
    {
      key: 'time',
      head: 'time',
      title: 'of training and evaluation, mean over seeds',
      ofArm: (arm) => duration(spreadOf(values(arm, ({ seconds }) => seconds))?.mean),
    },
  ];
}

function armRow(arm: Series, state: State, columns: readonly Column[]): HTMLElement {
  const [run] = arm.runs;
  const about = [
    run.methods ? run.methods.join(' + ') || 'plain' : NONE,
    run.student?.replace(/[?@].*$/s, ''),
  ].filter(Boolean);
  const name = h('th', { scope: 'row' }, arm.name, h('small', { title: run.student }, about.join(' · ')));
  const { colour, dash } = lineLook(arm.place);
  // While each seed is drawn alone, colours are those of runs.
  if (state.together) name.prepend(swatch(colour, dash));
  return h(
    'tr',
    { 'data-arm': arm.name },
    name,
    ...columns.map(({ key, ofArm }) => h('td', { 'data-key': key }, ofArm(arm))),
  );
}

const teacherRow = (teacher: TeacherView, columns: readonly Column[]): HTMLElement =>
  h(
    'tr',
    { 'data-teacher': teacher.name },
    h(
      'th',
      { scope: 'row' },
      `teacher ${teacher.name.replace(/[?@].*$/s, '')}`,
      h('small', { title: teacher.name }, `on all ${count(teacher.images)} ${teacher.split} images`),
    ),
    ...columns.map(({ key, ofTeacher }) => h('td', { 'data-key': key }, ofTeacher?.(teacher) ?? '')),
  );

/** `43.10 ± 0.35` */
function spreadText(values: readonly number[]): string {
  const spread = spreadOf(values);
  if (!spread) return NONE;
  return spread.mean.toFixed(2) + (spread.std === undefined ? '' : ` ± ${spread.std.toFixed(2)}`);
}

function pairedDifference(
  arm: Series,
  other: Series,
  t975: readonly number[],
  split: string,
): Difference | undefined {
  const top1 = (run: RunView | undefined): number | undefined => run && scoreOf(run, split, 'last')?.top1;
  const others = settledRuns(other);
  const differences = settledRuns(arm).flatMap((run) => {
    const own = top1(run);
    const paired = top1(others.find(({ seed }) => seed !== undefined && seed === run.seed));
    return own === undefined || paired === undefined ? [] : [own - paired];
  });
  return differenceOf(differences, t975);
}

/** @param most pairs there could be */
function differenceText(difference: Difference | undefined, most = 0): HTMLElement {
  if (!difference) return h('span', { title: 'no two runs of one seed' }, NONE);
  const { mean, interval, n } = difference;
  const pairs = n < most && h('small', {}, `${n} of ${most} seeds`);
  if (!interval) return h('span', {}, gainText(mean, false), ' ', h('small', {}, 'one seed'));
  const [low, high] = interval;
  const certain = low > 0 || high < 0;
  return h(
    'span',
    {},
    gainText(mean, certain),
    ` [${points(low)}, ${points(high)}]${certain ? '' : ' n.s.'}`,
    pairs,
  );
}

function pairRows(arms: readonly Series[], { t975 }: PageData, split: string): HTMLElement[] {
  const rows = arms.flatMap((other, k) =>
    arms
      .slice(k + 1)
      .map((arm) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, arm.name),
          h('td', {}, other.name),
          h('td', { class: 'number' }, differenceText(pairedDifference(arm, other, t975, split))),
        ),
      ),
  );
  const head = ['arm', 'minus', `points of ${split} top-1`];
  return [
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows),
  ];
}
