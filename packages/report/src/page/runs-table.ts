import { h, section, swatch } from './dom';
import { count, duration, fixed, NONE, time } from './format';
import { gainText } from './gain-text';
import type { RunView } from './page-data';
import { comparedSplit, scoreOf } from './scores';
import { baselineOf, familySeries, hasFamilies, seriesOfRun } from './series';
import type { Part, State } from './state';
import { labelOf, taskOf, valueText } from './task';
import { lineLook } from './theme';

interface Column {
  readonly head: string;
  readonly title: string;
  /** What tests and scripts find the cell by. */
  readonly key: string;
  readonly cell: (run: RunView) => string | HTMLElement;
}

/** A row for each run: how far it is, how good it is, how it compares. */
export function runsTable(redraw: (state: State) => void): Part {
  const table = h('table');
  const select = h('select', { id: 'baseline' });
  const choose = h('label', { class: 'choose', for: 'baseline' }, 'compared with ', select);
  const element = section('runs', 'Runs', choose, h('div', { class: 'scroll' }, table));
  const empty = h('p', {}, 'No run is here yet; one that begins appears by itself.');
  element.append(empty);
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
      const { runs } = state.data;
      const baseline = baselineOf(state);
      empty.hidden = runs.length > 0;
      table.hidden = runs.length === 0;
      const families = familySeries(state.data);
      // With arms the choice stands above their table.
      choose.hidden = families.length < 2 || hasFamilies(state.data);
      // A list that is open in front of the reader is not changed under them.
      if (document.activeElement !== select) {
        select.replaceChildren(
          ...families.map(({ id, name }) => h('option', { value: id, selected: id === baseline?.id }, name)),
        );
      }
      const columns = columnsOf(runs, baseline?.runs ?? []);
      const head = columns.map(({ head: text, title }) => h('th', { scope: 'col', title }, text));
      table.replaceChildren(
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'run'), ...head)),
        h(
          'tbody',
          {},
          ...runs.map((run, place) => rowOf(run, place, seriesOfRun(state, run.id)?.place ?? place, columns)),
        ),
      );
    },
  };
}

function rowOf(run: RunView, place: number, look: number, columns: readonly Column[]): HTMLElement {
  const { colour, dash } = lineLook(look);
  const about = [
    run.methods ? run.methods.join(' + ') || 'plain' : NONE,
    run.student?.replace(/[?@].*$/s, ''),
  ]
    .filter(Boolean)
    .join(' · ');
  const unfold = (): void => {
    const details = document.getElementById(`run-${place}`);
    if (details instanceof HTMLDetailsElement) details.open = true;
  };
  const name = h(
    'th',
    { scope: 'row' },
    h('a', { href: `#run-${place}`, click: unfold }, run.name),
    h('small', { title: run.student }, about),
  );
  name.prepend(swatch(colour, dash));
  return h(
    'tr',
    { 'data-run': run.name },
    name,
    ...columns.map(({ key, cell }) => h('td', { 'data-key': key }, cell(run))),
  );
}

/** @param baseline the runs that others are compared with, each with those of its own seed */
function columnsOf(runs: readonly RunView[], baseline: readonly RunView[]): Column[] {
  const split = comparedSplit(runs);
  const task = taskOf(runs);
  const { name } = task.headline;
  const label = labelOf(task, name);
  const main = (run: RunView, weights: string, on: string = split): number | undefined =>
    scoreOf(run, on, weights)?.values[name];
  const shown = (value: number | undefined): string => valueText(task, name, value);
  const difference = (run: RunView): string | HTMLElement => {
    const own = main(run, 'last');
    const other = baseline.find(({ seed }) => seed !== undefined && seed === run.seed);
    if (baseline.includes(run) || own === undefined) return NONE;
    // Two seeds differ by themselves; what a method gained is not in that.
    if (!other && baseline.length > 0)
      return h('span', { title: 'no run of this seed to compare with' }, NONE);
    const reference = other && main(other, 'last');
    return reference === undefined ? NONE : gainText(own - reference, true, task.headline.better);
  };
  const has = (weights: string, on: string): boolean =>
    runs.some((run) => main(run, weights, on) !== undefined);
  return [
    { key: 'state', head: 'state', title: '', cell: stateOf },
    {
      key: 'headline',
      head: `${split} ${label}`,
      title: "of the last epoch's weights, by the run's head rule",
      cell: (run) => h('b', {}, shown(main(run, 'last'))),
    },
    ...(runs.length > 1
      ? [
          {
            key: 'difference',
            head: task.scores[name]?.unit === '%' ? 'points' : 'difference',
            title: `of ${split} ${label}, more than the run compared with, of the same seed`,
            cell: difference,
          },
        ]
      : []),
    ...(split === 'test' && has('best', 'test')
      ? [
          {
            key: 'best',
            head: 'best epoch',
            title: `test ${label} of the weights of the epoch that was best on the validation split`,
            cell: (run: RunView) => shown(main(run, 'best')),
          },
        ]
      : []),
    ...(split === 'test' && has('ema', 'test')
      ? [
          {
            key: 'ema',
            head: 'EMA',
            title: `test ${label} of the averaged weights`,
            cell: (run: RunView) => shown(main(run, 'ema')),
          },
        ]
      : []),
    ...(split === 'test' && has('last', 'validation')
      ? [
          {
            key: 'validation',
            head: 'validation',
            title: `${label} of the last epoch on the validation split`,
            cell: (run: RunView) => shown(main(run, 'last', 'validation')),
          },
        ]
      : []),
    ...(has('ema', 'validation')
      ? [
          {
            key: 'validation-ema',
            head: 'validation EMA',
            title: `${label} of the averaged weights on the validation split`,
            cell: (run: RunView) => shown(main(run, 'ema', 'validation')),
          },
        ]
      : []),
    ...Object.keys(task.scores)
      .filter((score) => score !== name && task.scores[score].unit === undefined)
      .map((score) => ({
        key: score === 'loss' ? 'task-loss' : score,
        head: labelOf(task, score),
        title: `${labelOf(task, score)} on the ${split} split`,
        cell: (run: RunView) => valueText(task, score, scoreOf(run, split, 'last')?.values[score]),
      })),
    {
      key: 'loss',
      head: 'training loss',
      title: 'mean of the last epoch; losses of different methods are not the same quantity',
      cell: ({ trainLoss }) => fixed(trainLoss, 3),
    },
    ...(runs.some(({ parameters }) => parameters !== undefined)
      ? [
          {
            key: 'parameters',
            head: 'parameters',
            title: 'of the student',
            cell: ({ parameters }: RunView) => count(parameters),
          },
        ]
      : []),
    {
      key: 'speed',
      head: 'images/s',
      title: 'median of what was logged in training',
      cell: ({ imagesPerSecond }) => count(imagesPerSecond),
    },
    {
      key: 'time',
      head: 'time',
      title: 'of training and evaluation',
      cell: ({ seconds }) => duration(seconds),
    },
  ];
}

/** The state, with how far a run is that has not ended. */
function stateOf({ state, stateText, step, steps, epochs, secondsLeft, created }: RunView): HTMLElement {
  const badge = h(
    'span',
    { class: 'state', 'data-state': state, title: `${stateText}; begun ${time(created)}` },
    state,
  );
  if (state === 'finished' || steps === undefined) return badge;
  const done = step / steps;
  const epoch =
    epochs === undefined ? '' : `epoch ${Math.min(epochs, Math.floor(done * epochs) + 1)}/${epochs}`;
  const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
  return h(
    'span',
    {},
    badge,
    h('progress', { max: steps, value: step, 'aria-label': 'steps done' }),
    h('small', {}, `${epoch}${left}`),
  );
}
