import { axisLook, chartCard, tooltipLook } from './chart';
import { h, section } from './dom';
import { count, escaped, percent } from './format';
import type { ConfusionView, RunView } from './page-data';
import type { Part, State } from './state';
import { ramp } from './theme';

/** Of more classes not even every tenth label has room; the tables and the tooltip name them. */
const LABELLED = 100;
/** Rows of the tables beside the matrix. */
const ROWS = 12;

interface Pair {
  readonly label: number;
  readonly prediction: number;
  readonly images: number;
  /** Of the images of the class, in [0, 1]. */
  readonly share: number;
}

/** Which classes a run takes for which: all of it as a heat map, and what is confused most in words. */
export function confusion(redraw: (state: State) => void): Part {
  const select = h('select', { id: 'confusion-run' });
  const choose = h('label', { class: 'choose', for: 'confusion-run' }, 'of run ', select);
  const card = chartCard('canvas', 'plot square');
  const scale = h('div', { class: 'scale', 'aria-hidden': 'true' });
  card.element.append(scale);
  const tables = h('div', { class: 'tables' });
  const element = section(
    'confusion',
    'Confusion',
    choose,
    h('div', { class: 'beside' }, card.element, tables),
  );
  let shown: State | undefined;
  select.addEventListener('change', () => {
    if (!shown) return;
    shown.confusionRun = select.value;
    redraw(shown);
  });
  return {
    element,
    update(state) {
      shown = state;
      const runs = state.data.runs.filter((run) => run.confusion);
      const run = runs.find(({ id }) => id === state.confusionRun) ?? runs[0];
      element.hidden = run === undefined;
      if (!run?.confusion) return;
      choose.hidden = runs.length < 2;
      if (document.activeElement !== select) {
        select.replaceChildren(
          ...runs.map(({ id, name }) => h('option', { value: id, selected: id === run.id }, name)),
        );
      }
      const pairs = pairsOf(run.confusion);
      draw(card, run, run.confusion, pairs);
      scale.style.background = `linear-gradient(to right, ${ramp().join(', ')})`;
      scale.replaceChildren(
        // Colours go by the square root, or nothing but the diagonal would be seen.
        ...[0, 0.05, 0.25, 0.5, 1].map((share) => {
          const tick = h('span', {}, `${share * 100} %`);
          tick.style.left = `${Math.sqrt(share) * 100}%`;
          return tick;
        }),
      );
      tables.replaceChildren(...tablesOf(run.confusion, pairs));
    },
  };
}

function pairsOf({ cells, names }: ConfusionView): Pair[] {
  const totals = names.map(() => 0);
  for (const [label, , images] of cells) totals[label] += images;
  return cells.map(([label, prediction, images]) => ({
    label,
    prediction,
    images,
    share: images / totals[label],
  }));
}

function draw(
  card: ReturnType<typeof chartCard>,
  { name }: RunView,
  confusion: ConfusionView,
  pairs: readonly Pair[],
): void {
  const { names, split, weights } = confusion;
  const look = axisLook();
  const axis = {
    type: 'category',
    data: names,
    ...look,
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      ...look.axisLabel,
      show: names.length <= LABELLED,
      fontSize: 10,
      width: 66,
      overflow: 'truncate',
      interval: 'auto',
    },
  };
  card.draw(
    {
      grid: { left: 20, right: 6, top: 6, bottom: 20, containLabel: true },
      xAxis: {
        ...axis,
        name: 'taken for',
        nameLocation: 'middle',
        nameGap: 4,
        nameMoveOverlap: true,
        axisLabel: { ...axis.axisLabel, rotate: 90 },
      },
      yAxis: {
        ...axis,
        name: 'class',
        nameLocation: 'middle',
        nameGap: 4,
        nameMoveOverlap: true,
        inverse: true,
      },
      visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: ramp() } },
      tooltip: {
        ...tooltipLook(),
        formatter: ({ dataIndex }: { readonly dataIndex: number }) => {
          const { label, prediction, images, share } = pairs[dataIndex];
          const taken =
            label === prediction ? 'recognised' : `taken for <b>${escaped(names[prediction])}</b>`;
          return `<b>${escaped(names[label])}</b> ${taken}<br>${count(images)} images, ${percent(100 * share, 1)} of the class`;
        },
      },
      series: [
        {
          type: 'heatmap',
          data: pairs.map(({ label, prediction, share }) => [prediction, label, Math.sqrt(share)]),
          progressive: 0,
          emphasis: { disabled: true },
        },
      ],
    },
    {
      title: name,
      note: `${names.length} classes, ${split} split, ${weights === 'last' ? "last epoch's weights" : weights.replace(/\?.*$/s, '')}; share of each class's images`,
      rows: () => [
        ['class', 'taken for', 'images', 'share of the class'],
        ...pairs.map(({ label, prediction, images, share }) => [
          names[label],
          names[prediction],
          images,
          share,
        ]),
      ],
      alt: `Confusion of ${name} on the ${split} split: a row for each class, a column for what it is taken for. The tables name the largest.`,
    },
  );
}

function tablesOf({ names }: ConfusionView, pairs: readonly Pair[]): HTMLElement[] {
  const wrong = pairs.filter(({ label, prediction }) => label !== prediction);
  const most = [...wrong].sort((a, b) => b.share - a.share || b.images - a.images).slice(0, ROWS);
  const right = new Map(
    pairs.filter(({ label, prediction }) => label === prediction).map((pair) => [pair.label, pair.share]),
  );
  const seen = [...new Set(pairs.map(({ label }) => label))];
  const byAccuracy = seen.map((label) => [label, right.get(label) ?? 0] as const).sort((a, b) => a[1] - b[1]);
  // Few classes are all told; of many those at either end.
  const few = byAccuracy.length <= ROWS;
  return [
    table(
      'Most confused',
      ['class', 'taken for', 'images'],
      most.map(({ label, prediction, images, share }) => [
        names[label],
        names[prediction],
        `${count(images)} (${percent(100 * share, 0)})`,
      ]),
      'confused',
    ),
    table(
      few ? 'Recognised' : 'Recognised least and most',
      ['class', 'top-1'],
      (few ? byAccuracy : [...byAccuracy.slice(0, ROWS / 2), ...byAccuracy.slice(-ROWS / 2)]).map(
        ([label, share]) => [names[label], percent(100 * share, 1)],
      ),
      'recognised',
    ),
  ];
}

const table = (
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  id: string,
): HTMLElement =>
  h(
    'table',
    { id },
    h('caption', {}, title),
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((text) => h('td', {}, text))))),
  );
