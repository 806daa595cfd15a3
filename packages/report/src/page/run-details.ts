import { h, section, swatch } from './dom';
import { count, time } from './format';
import type { Fact, HeadScore, LogLine, RunView } from './page-data';
import { seriesOfRun } from './series';
import type { Part } from './state';
import { labelOf, valueText } from './task';
import { lineLook } from './theme';

/** Everything else of each run, folded: scores of all heads, config and where it is from, environment, log. */
export function runDetails(): Part {
  const list = h('div');
  const element = section('details', 'Each run', list);
  const drawn = new Map<string, string>();
  return {
    element,
    update(state) {
      const { runs } = state.data;
      element.hidden = runs.length === 0;
      const open = new Set(
        [...list.querySelectorAll('details[open]')].map((details) => (details as HTMLElement).dataset.key),
      );
      const key = JSON.stringify([
        document.documentElement.dataset.theme,
        state.together,
        runs.map(({ curves, ...rest }) => rest),
      ]);
      if (drawn.get('all') === key) return;
      drawn.set('all', key);
      list.replaceChildren(
        ...runs.map((run, place) =>
          detailsOf(run, place, seriesOfRun(state, run.id)?.place ?? place, runs.length === 1),
        ),
      );
      for (const details of list.querySelectorAll('details')) {
        if (open.has(details.dataset.key)) details.open = true;
      }
    },
  };
}

function detailsOf(run: RunView, place: number, look: number, alone: boolean): HTMLElement {
  const { colour, dash } = lineLook(look);
  const summary = h(
    'summary',
    {},
    swatch(colour, dash),
    h('b', {}, run.name),
    ' ',
    h('span', { class: 'note' }, run.stateText),
  );
  const fold = (title: string, open: boolean, ...children: (Node | false)[]): HTMLElement =>
    h('details', { 'data-key': `${run.id} ${title}`, open }, h('summary', {}, title), ...children);
  return h(
    'details',
    { id: `run-${place}`, class: 'card run', 'data-key': run.id, open: alone || run.notes.length > 0 },
    summary,
    run.notes.length > 0 && h('ul', { class: 'notes' }, ...run.notes.map((note) => h('li', {}, note))),
    factsTable([
      { key: 'folder', value: run.directory },
      { key: 'begun', value: time(run.created) },
      { key: 'student', value: run.student ?? '' },
      { key: 'teacher', value: run.teachers.join(', ') || 'none' },
      { key: 'methods', value: run.methods ? run.methods.join(', ') || 'none (plain training)' : '' },
      { key: 'data', value: run.data ?? '' },
      { key: 'back end', value: run.backend ?? '' },
      { key: 'head rule', value: run.headRule ?? '' },
    ]),
    [...run.scores, ...run.teacherScores].length > 0 && fold('Scores', alone, scoresTable(run)),
    fold('Config and its sources', false, factsTable(run.config, true)),
    fold('Environment', false, factsTable(run.environment)),
    run.log.length > 0 && fold(`Log (${run.log.length})`, false, logList(run.log)),
  );
}

function factsTable(facts: readonly Fact[], withOrigin = false): HTMLElement {
  const rows = facts
    .filter(({ value }) => value !== '')
    .map(({ key, value, from = '' }) =>
      h(
        'tr',
        { class: from === 'default' ? 'preset' : undefined },
        h('th', { scope: 'row' }, key),
        h('td', {}, h('code', {}, value)),
        withOrigin && h('td', { class: 'note' }, from),
      ),
    );
  return h('div', { class: 'scroll' }, h('table', { class: 'facts' }, h('tbody', {}, ...rows)));
}

function scoresTable({ scores, teacherScores, task }: RunView): HTMLElement {
  const names = Object.keys(task.scores);
  const row = ({ split, weights, head, images, of, values }: HeadScore, who: string): HTMLElement =>
    h(
      'tr',
      {},
      ...[split, who === '' ? `${weights} weights` : `${who} ${weights}`, who === '' ? head : ''].map(
        (text) => h('td', {}, text),
      ),
      ...[...names.map((name) => valueText(task, name, values[name])), imagesText(images, of)].map((text) =>
        h('td', { class: 'number' }, text),
      ),
    );
  const head = ['split', 'of', 'head', ...names.map((name) => labelOf(task, name)), 'images'];
  return h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
      h(
        'tbody',
        {},
        ...scores.map((score) => row(score, '')),
        ...teacherScores.map((score) => row(score, 'teacher')),
      ),
    ),
  );
}

const imagesText = (images: number, of: number | undefined): string =>
  images > 0 ? `${count(images)}${of === undefined ? '' : ` of ${count(of)}`}` : '';

const logList = (log: readonly LogLine[]): HTMLElement =>
  h(
    'ol',
    { class: 'log' },
    ...log.map(({ time: at, kind, text }) => h('li', { class: kind }, h('time', {}, time(at)), ' ', text)),
  );
