import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TitleComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import { stableSvg } from './stable-svg.js';

/** What a chart of kdx can be made of: lines, points and drawings of its own on a grid with axes, a legend and a title. */
export type ChartOption = ComposeOption<
  | CustomSeriesOption
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TitleComponentOption
>;

export interface Chart {
  readonly option: ChartOption;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** What it shows, for who cannot see it. */
  readonly alt: string;
}

/**
 * Draws a chart without a browser, on white and without animation. The same chart gives the same bytes, on every machine:
 * widths of texts come from a table of ECharts'.
 * @returns an SVG document
 */
export async function renderSvg({ option, width, height, alt }: Chart): Promise<string> {
  // ECharts is a slow import, which only a chart should wait for.
  const [{ init, use }, charts, components, { SVGRenderer }] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  const { CustomChart, LineChart, ScatterChart } = charts;
  const { GridComponent, LegendComponent, TitleComponent } = components;
  use([CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ backgroundColor: '#fff', ...option, animation: false });
    return withTitle(stableSvg(chart.renderToSVGString()), alt);
  } finally {
    chart.dispose();
  }
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The first tag is the document's, and no attribute of it holds a `>`. */
const withTitle = (svg: string, title: string): string =>
  svg.replace('>', () => `>\n<title>${title.replaceAll(/[&<>]/g, (sign) => ESCAPED[sign])}</title>`);
