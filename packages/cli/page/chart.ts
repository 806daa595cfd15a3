import type { EChartsCoreOption, EChartsType } from 'echarts';
import { h } from './dom';
import { faint, ink, paper, rule } from './theme';

/** ECharts, which the page brings as a script of its own. */
declare const echarts: typeof import('echarts');

/** A figure with a title, and a chart that fits it whatever its size. */
export interface ChartCard {
  readonly element: HTMLElement;
  /** Draws it; `alt` says it to who cannot see it. */
  draw(
    option: EChartsCoreOption,
    about: { readonly title: string; readonly note?: string; readonly alt: string },
  ): void;
  dispose(): void;
}

/** @param renderer `canvas` for what has thousands of cells */
export function chartCard(renderer: 'svg' | 'canvas' = 'svg', kind = 'plot'): ChartCard {
  const title = h('h3');
  const note = h('p', { class: 'note' });
  const plot = h('div', { class: kind, role: 'img' });
  const element = h('figure', { class: 'card' }, h('figcaption', {}, title, note), plot);
  let chart: EChartsType | undefined;
  const observer = new ResizeObserver(() => {
    // A chart in a folded part has no size, and must not be drawn in none.
    if (plot.clientWidth > 0) chart?.resize();
  });
  observer.observe(plot);
  return {
    element,
    draw(option, about) {
      title.textContent = about.title;
      note.textContent = about.note ?? '';
      plot.setAttribute('aria-label', about.alt);
      chart ??= echarts.init(plot, null, { renderer });
      chart.setOption(
        { ...common(), ...option },
        // Whatever the reader zoomed into stays as it is while a run goes on.
        { replaceMerge: ['series', 'xAxis', 'yAxis', 'visualMap', 'tooltip'] },
      );
    },
    dispose() {
      observer.disconnect();
      chart?.dispose();
    },
  };
}

const common = (): EChartsCoreOption => ({
  animation: false,
  backgroundColor: 'transparent',
  textStyle: { color: ink(), fontFamily: 'system-ui, sans-serif' },
});

/** The look of an axis and its text, in the colours of the page. */
export const axisLook = () => ({
  axisLine: { lineStyle: { color: rule() } },
  axisTick: { lineStyle: { color: rule() } },
  axisLabel: { color: faint(), fontSize: 11, hideOverlap: true },
  nameTextStyle: { color: faint(), fontSize: 11 },
  splitLine: { lineStyle: { color: rule(), opacity: 0.6 } },
});

/** The look of a tooltip, which stays inside its chart. */
export const tooltipLook = () => ({
  confine: true,
  backgroundColor: paper(),
  borderColor: rule(),
  textStyle: { color: ink(), fontSize: 12 },
});
