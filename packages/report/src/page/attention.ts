import { axisLook, type ChartCard, chartCard, tooltipLook } from './chart';
import { h, section, swatch } from './dom';
import { escaped } from './format';
import type { AttentionLine, AttentionView } from './page-data';
import { seriesOf, seriesOfRun } from './series';
import type { Part, State } from './state';
import { faint, lineLook } from './theme';

interface Drawn extends AttentionLine {
  readonly colour: string;
  readonly dash: readonly number[];
}

/** How far the heads look, block by block: a chart for each file of `kdx attention`. */
export function attention(): Part {
  const charts = h('div', { class: 'cards' });
  const element = section('attention', 'Attention distance', charts);
  let cards: { readonly card: ChartCard; readonly legend: HTMLElement }[] = [];
  return {
    element,
    update(state) {
      const views = state.data.attention;
      element.hidden = views.length === 0;
      if (cards.length !== views.length) {
        for (const { card } of cards) card.dispose();
        cards = views.map(() => {
          const [card, legend] = [chartCard('svg', 'plot wide'), h('ul', { class: 'keys' })];
          card.element.append(legend);
          card.element.classList.add('whole');
          return { card, legend };
        });
        charts.replaceChildren(...cards.map(({ card }) => card.element));
      }
      for (const [k, view] of views.entries()) {
        const lines = looks(view, state);
        draw(cards[k].card, view, lines);
        cards[k].legend.replaceChildren(
          ...lines.map(({ label, colour, dash }) => h('li', {}, swatch(colour, dash), label)),
        );
      }
    },
  };
}

/** A line of a run of this page looks as the run does, any other as a run that would come after them all. */
function looks({ lines }: AttentionView, state: State): Drawn[] {
  let next = seriesOf(state).length;
  return lines.map((line) => {
    const of = line.run === undefined ? undefined : seriesOfRun(state, line.run);
    return { ...line, ...lineLook(of ? of.place : next++) };
  });
}

function draw(card: ChartCard, { caption, even }: AttentionView, lines: readonly Drawn[]): void {
  const depth = Math.max(0, ...lines.map(({ mean }) => mean.length));
  const blocks = Array.from({ length: depth }, (_, block) => String(block));
  const axis = axisLook();
  card.draw(
    {
      grid: { left: 8, right: 14, top: 14, bottom: 26, containLabel: true },
      xAxis: { type: 'category', data: blocks, name: 'block', nameLocation: 'middle', nameGap: 26, ...axis },
      yAxis: { type: 'value', min: 0, ...axis },
      tooltip: {
        ...tooltipLook(),
        trigger: 'axis',
        formatter: (shown: unknown) => {
          const [{ dataIndex: block }] = shown as readonly { readonly dataIndex: number }[];
          const rows = lines.flatMap(({ label, colour, mean, std, heads }) => {
            if (mean[block] === undefined) return [];
            const deviation = std[block] === null ? '' : ` ± ${std[block]?.toFixed(2)}`;
            const range = `${Math.min(...heads[block]).toFixed(2)}–${Math.max(...heads[block]).toFixed(2)}`;
            return [
              `<span class="dot" style="background:${colour}"></span>${escaped(label)} <b>${mean[block].toFixed(2)}</b>${deviation} (heads ${range})`,
            ];
          });
          return [`block ${block}`, ...rows].join('<br>');
        },
      },
      series: [
        ...lines.flatMap(({ label, colour, dash, mean, heads }) => [
          {
            type: 'line',
            name: label,
            data: mean,
            color: colour,
            symbol: 'circle',
            symbolSize: 6,
            lineStyle: { width: 2, type: dash.length > 0 ? dash : 'solid' },
            emphasis: { disabled: true },
          },
          {
            type: 'scatter',
            name: `${label}, heads`,
            data: heads.flatMap((distances, block) => distances.map((distance) => [block, distance])),
            color: colour,
            symbolSize: 5,
            itemStyle: { opacity: 0.35 },
            silent: true,
          },
        ]),
        {
          type: 'line',
          name: 'even',
          data: blocks.map(() => even),
          symbol: 'none',
          silent: true,
          lineStyle: { width: 1, type: 'dotted', color: faint() },
          endLabel: { show: false },
        },
      ],
    },
    {
      title: 'distance in patches',
      note: `${caption}. Line: mean over heads; dot: one head; dotted: spread evenly over all patches.`,
      keys: lines.map(({ label }) => label),
      rows: () => [
        ['line', 'block', 'mean', 'std', 'heads'],
        ...lines.flatMap(({ label, mean, std, heads }) =>
          mean.map((value, block) => [label, block, value, std[block] ?? '', heads[block].join(' ')]),
        ),
      ],
      alt: `Attention distance by block: ${lines.map(({ label, mean }) => `${label} ${mean.map((value) => value.toFixed(1)).join(', ')}`).join('; ')}`,
    },
  );
}
