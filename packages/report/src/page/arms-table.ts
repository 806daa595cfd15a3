import { type Column, columnsOf, differenceText, pairedDifference } from './arms-columns';
import { h, section, swatch } from './dom';
import { count, NONE } from './format';
import type { PageData, TaskView, TeacherView } from './page-data';
import { comparedSplit } from './scores';
import { baselineOf, familySeries, hasFamilies, type Series } from './series';
import type { Part, State } from './state';
import { differenceUnit, taskOf } from './task';
import { lineLook } from './theme';

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
      caption.textContent = captionOf(baseline, split, taskOf(data.runs));
      pairs.replaceChildren(...pairRows(arms, data, split));
    },
  };
}

const captionOf = (baseline: Series | undefined, split: string, task: TaskView): string =>
  [
    `Mean ± standard deviation over the seeds that have finished, ${split} split.`,
    baseline &&
      `Difference to ${baseline.name} in ${differenceUnit(task, task.headline.name)}, between runs of equal seeds only, with its 95 % interval (Student's t); n.s. where that holds 0.`,
  ]
    .filter(Boolean)
    .join(' ');

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
          h(
            'td',
            { class: 'number' },
            differenceText(pairedDifference(arm, other, t975, split), taskOf(arm.runs).headline.better),
          ),
        ),
      ),
  );
  const head = ['arm', 'minus', `points of ${split} top-1`];
  return [
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows),
  ];
}
