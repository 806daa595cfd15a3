import { axisLook, type ChartCard, tooltipLook } from './chart';
import { escaped } from './format';
import { ink, paper } from './theme';

type Point = readonly [x: number, y: number];

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly points: readonly Point[];
  /** The same before it was smoothed, drawn faintly behind. */
  readonly raw?: readonly Point[];
  /** What lies around the line, from the lower to the upper value at each x. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  /** Whether it stands back behind the others. */
  readonly thin?: boolean;
  /** Points that stand out. */
  readonly marks?: readonly {
    readonly at: Point;
    readonly symbol: 'diamond' | 'circle';
    readonly name: string;
  }[];
}

export interface LineChart {
  readonly title: string;
  readonly note?: string;
  readonly xName: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Whether the axis begins at 0, however far from it the values are. */
  readonly fromZero?: boolean;
}

/** Lines over epochs or steps. */
export function drawLines(
  card: ChartCard,
  { title, note, xName, lines, format, fromZero = false }: LineChart,
): void {
  const hover = matchMedia('(hover: hover)').matches;
  card.draw(
    {
      grid: { left: 8, right: 14, top: 14, bottom: 26, containLabel: true },
      xAxis: {
        type: 'value',
        name: xName,
        nameLocation: 'middle',
        nameGap: 26,
        min: 0,
        max: 'dataMax',
        ...axisLook(),
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        scale: !fromZero,
        ...axisLook(),
        axisLabel: { ...axisLook().axisLabel, formatter: (value: number) => format(value) },
      },
      tooltip: {
        ...tooltipLook(),
        trigger: 'axis',
        axisPointer: { type: 'line', lineStyle: { color: ink(), opacity: 0.4 } },
        formatter: (shown: unknown) => tooltipOf(shown, xName, format),
      },
      // A finger that scrolls the page must not move a chart.
      ...(hover ? { dataZoom: [{ type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false }] } : {}),
      series: lines.flatMap((line) => seriesOf(line)),
    },
    {
      title,
      note,
      keys: lines.filter(({ thin }) => !thin).map(({ name }) => name),
      rows: () => rowsOf(xName, lines),
      alt: `${title}: ${lines.map(({ name, points }) => `${name} ${lastOf(points, format)}`).join(', ')}`,
    },
  );
}

/** Every drawn value, with the band around it where there is one, and the points that stand out. */
function rowsOf(xName: string, lines: readonly Line[]): (readonly (string | number)[])[] {
  const banded = lines.some(({ band }) => band);
  const row = (name: string, [x, value]: Point, band?: readonly [number, number, number]) => [
    name,
    x,
    value,
    ...(banded ? [band?.[1] ?? '', band?.[2] ?? ''] : []),
  ];
  return [
    ['line', xName, 'value', ...(banded ? ['low', 'high'] : [])],
    ...lines.flatMap(({ name, points, band, marks = [] }) => [
      ...points.map((point, k) => row(name, point, band?.[k])),
      ...marks.map((mark) => row(`${name}, ${mark.name}`, mark.at)),
    ]),
  ];
}

const lastOf = (points: readonly Point[], format: (value: number) => string): string =>
  points.length === 0 ? 'nothing yet' : `ends at ${format(points[points.length - 1][1])}`;

function seriesOf({ name, colour, dash, points, raw, band, thin = false, marks = [] }: Line): object[] {
  const few = points.length <= 2;
  const line = {
    type: 'line',
    name,
    data: points,
    color: colour,
    lineStyle: {
      width: thin ? 1 : 2,
      opacity: thin ? 0.6 : 1,
      color: colour,
      type: dash.length > 0 ? dash : 'solid',
    },
    showSymbol: few,
    symbol: 'circle',
    symbolSize: few ? 5 : 4,
    emphasis: { disabled: true },
    z: 3,
  };
  const behind = raw && {
    type: 'line',
    name,
    data: raw,
    silent: true,
    showSymbol: false,
    lineStyle: { width: 1, color: colour, opacity: 0.25 },
    emphasis: { disabled: true },
    tooltip: { show: false },
    z: 2,
  };
  const marked = marks.map((mark) => ({
    type: 'scatter',
    name: `${name}, ${mark.name}`,
    data: [mark.at],
    symbol: mark.symbol,
    symbolSize: mark.symbol === 'diamond' ? 12 : 9,
    color: colour,
    itemStyle: {
      color: mark.symbol === 'diamond' ? colour : paper(),
      borderColor: colour,
      borderWidth: 2,
      opacity: 1,
    },
    z: 4,
  }));
  return [
    ...(band && band.length > 1 ? [bandOf(name, colour, band)] : []),
    ...(behind ? [behind] : []),
    line,
    ...marked,
  ];
}

/** One shape around a line; it is drawn with the first of its points, of those that a zoomed chart leaves. */
const bandOf = (name: string, colour: string, band: NonNullable<Line['band']>): object => ({
  type: 'custom',
  name,
  data: band,
  encode: { x: 0, y: [1, 2] },
  silent: true,
  clip: true,
  tooltip: { show: false },
  z: 1,
  color: colour,
  renderItem: (
    {
      dataIndexInside,
      dataInsideLength,
    }: { readonly dataIndexInside: number; readonly dataInsideLength: number },
    api: {
      value(dimension: number, index?: number): number;
      coord(point: readonly [number, number]): readonly [number, number];
    },
  ) => {
    if (dataIndexInside > 0) return undefined;
    const indices = Array.from({ length: dataInsideLength }, (_, k) => k);
    const edge = (dimension: number) =>
      indices.map((k) => api.coord([api.value(0, k), api.value(dimension, k)]));
    return {
      type: 'polygon',
      shape: { points: [...edge(1), ...edge(2).reverse()] },
      style: { fill: colour, opacity: 0.16 },
      silent: true,
    };
  },
});

interface Shown {
  readonly seriesName: string;
  readonly color: string;
  readonly value: Point;
}

function tooltipOf(shown: unknown, xName: string, format: (value: number) => string): string {
  const all = (Array.isArray(shown) ? shown : [shown]) as readonly Shown[];
  // A smoothed line and what is behind it have one name; the line itself comes last.
  const byName = new Map(
    all.filter(({ value }) => Array.isArray(value)).map((each) => [each.seriesName, each]),
  );
  if (byName.size === 0) return '';
  const [{ value }] = byName.values();
  const at = Number.isInteger(value[0]) ? value[0].toLocaleString('en-US') : value[0].toFixed(2);
  const rows = [...byName.values()].map(
    ({ seriesName, color, value: [, y] }) =>
      `<span class="dot" style="background:${escaped(String(color))}"></span>${escaped(seriesName)} <b>${escaped(format(y))}</b>`,
  );
  return [`${escaped(xName)} ${at}`, ...rows].join('<br>');
}
