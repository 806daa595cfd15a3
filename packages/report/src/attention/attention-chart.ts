import { count, counted } from '@kdx/core/text';
import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import { colourOf } from '../charts/palette.js';
import type { Chart } from '../charts/render-svg.js';
import { conventionPhrases } from './convention.js';
import type { AttentionArm, AttentionResult } from './result.js';

/** In pixels; lines of 110 characters fit. */
const WIDTH = 760;
/** Of the axes, in pixels. */
const HEIGHT = 300;
/** Of a row of the legend, in pixels. */
const ROW = 20;

/** Between the dots of two arms, in blocks. */
const GAP = 0.12;
/** All dots of a block stay within this much of it, in blocks. */
const ROOM = 0.6;

/** Legend of the line that has no model. */
const EVEN = 'spread evenly over all patches';
/** ECharts would put a dot on it. */
const DASHES = 'path://M0 0h6v1h-6zM9 0h6v1h-6zM18 0h6v1h-6z';

/**
 * Mean attention distance over blocks: a line for each arm with ± std over its runs, a dot for each head of each run, and as a
 * measure the distance of attention that is spread evenly.
 */
export function attentionChart(result: AttentionResult): Chart {
  const { arms, grid, patch, images, sample, split, data } = result;
  const depth = Math.max(...arms.map(({ blocks }) => blocks.length));
  const several = arms.some(({ runs }) => runs.length > 1);
  const gap = Math.min(GAP, ROOM / arms.length);
  // The family alone: what follows it may be a path of the machine.
  const measured = sample === undefined ? '' : `${count(images)} of `;
  const where = `${measured}${counted(sample?.of ?? images, 'image')} (${split}) of ${data.split(/[:?]/)[0]}`;
  const marks = `line: mean over heads${several ? ', bar: ± std over runs' : ''}, dot: one head`;
  const top = 100;
  const legend = ROW * (arms.length + 1);
  const option: Chart['option'] = {
    title: {
      text: 'Mean attention distance',
      subtext: [`${where}; ${marks}`, ...conventionPhrases(result)].join('\n'),
      left: 'center',
      textStyle: { fontSize: 16 },
      subtextStyle: { lineHeight: 16 },
    },
    legend: {
      orient: 'vertical',
      left: 60,
      bottom: 10,
      data: [...arms.map(({ label }) => label), { name: EVEN, icon: DASHES }],
      itemGap: ROW - 14,
      formatter: (label) => {
        const runs = arms.find((arm) => arm.label === label)?.runs.length ?? 1;
        return runs > 1 ? `${label} (${runs} runs)` : label;
      },
      textStyle: { width: WIDTH - 200, overflow: 'truncate' },
    },
    grid: { left: 64, right: 24, top, height: HEIGHT },
    xAxis: {
      type: 'value',
      min: -0.5,
      max: depth - 0.5,
      interval: 0.5,
      name: 'block',
      nameLocation: 'middle',
      nameGap: 30,
      // A tick each half block, so that whole blocks have one; only they are named.
      axisLabel: { formatter: (block: number) => (Number.isInteger(block) ? String(block) : '') },
      axisLine: { onZero: false },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      scale: true,
      axisLine: { onZero: false },
      name: `distance in patches of ${patch.join('×')} pixels, ${grid.join('×')} patches`,
      nameLocation: 'middle',
      nameGap: 40,
    },
    series: [
      evenLine(result.even, depth),
      ...arms.flatMap((arm, k) => armSeries(arm, colourOf(k), (k - (arms.length - 1) / 2) * gap)),
    ],
  };
  const alt = `Mean attention distance by block of ${arms.map(({ label }) => label).join(', ')}`;
  return { option, width: WIDTH, height: top + HEIGHT + 60 + legend, alt };
}

const evenLine = (distance: number, depth: number): LineSeriesOption => ({
  type: 'line',
  name: EVEN,
  data: [
    [-0.5, distance],
    [depth - 0.5, distance],
  ],
  symbol: 'none',
  color: '#888',
  lineStyle: { width: 1, type: 'dashed' },
  silent: true,
});

/** @param shift how far right of its block an arm's dots stand, so that those of two arms do not hide each other */
function armSeries(
  { label, blocks, runs }: AttentionArm,
  colour: string,
  shift: number,
): (CustomSeriesOption | LineSeriesOption | ScatterSeriesOption)[] {
  const heads = runs.flatMap(({ distances }) =>
    distances.flatMap((row, block) => row.map((distance) => [block + shift, distance])),
  );
  const bars = blocks.flatMap(({ mean, std }, block) =>
    std === null ? [] : [[block + shift, mean - std, mean + std]],
  );
  return [
    {
      type: 'line',
      name: label,
      data: blocks.map(({ mean }, block) => [block + shift, mean]),
      symbol: 'circle',
      symbolSize: 7,
      color: colour,
      lineStyle: { width: 2 },
      z: 3,
      silent: true,
    },
    {
      type: 'scatter',
      name: label,
      data: heads,
      symbolSize: 6,
      itemStyle: { color: colour, opacity: 0.3 },
      z: 2,
      silent: true,
    },
    {
      type: 'custom',
      name: label,
      data: bars,
      encode: { x: 0, y: [1, 2] },
      renderItem: errorBar(colour),
      z: 3,
      silent: true,
    },
  ];
}

/** A bar with a cap at each end, from value 1 to value 2 at value 0. */
const errorBar =
  (colour: string): NonNullable<CustomSeriesOption['renderItem']> =>
  (_, api) => {
    const [x, low] = api.coord([api.value(0), api.value(1)]);
    const [, high] = api.coord([api.value(0), api.value(2)]);
    const line = (x1: number, y1: number, x2: number, y2: number) =>
      ({ type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth: 1.5 } }) as const;
    return {
      type: 'group',
      children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)],
    };
  };
