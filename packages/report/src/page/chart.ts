import type { EChartsCoreOption, EChartsType } from 'echarts';
import { h } from './dom';
import { type Saved, type SaveKind, saveChart } from './save-chart';
import { faint, ink, paper, rule } from './theme';

/** ECharts, which the page brings as a script of its own. */
declare const echarts: typeof import('echarts');

/** A figure with a title, and a chart that fits it whatever its size. */
export interface ChartCard {
  readonly element: HTMLElement;
  /** Draws it; `alt` says it to who cannot see it. */
  draw(option: EChartsCoreOption, about: Saved & { readonly alt: string }): void;
  dispose(): void;
}

/** @param renderer `canvas` for what has thousands of cells */
export function chartCard(renderer: 'svg' | 'canvas' = 'svg', kind = 'plot'): ChartCard {
  const title = h('h3');
  const note = h('p', { class: 'note' });
  const plot = h('div', { class: kind, role: 'img' });
  let chart: EChartsType | undefined;
  let last: { readonly option: EChartsCoreOption; readonly about: Saved } | undefined;
  const buttons = (['png', 'svg', 'csv'] as const).map((kind) => {
    const save = (): void => {
      if (!last) return;
      const { clientWidth: width, clientHeight: height } = plot;
      saveChart(kind, { ...common(), ...last.option }, last.about, { width, height });
    };
    return { kind, button: h('button', { type: 'button', click: save }, kind.toUpperCase()) };
  });
  const save = h('div', { class: 'save' }, ...buttons.map(({ button }) => button));
  const caption = h('figcaption', {}, h('div', { class: 'heading' }, title, save), note);
  const element = h('figure', { class: 'card' }, caption, plot);
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
      last = { option, about };
      for (const { kind, button } of buttons)
        button.setAttribute('aria-label', `Save “${about.title}” as ${AS[kind]}`);
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

const AS: Readonly<Record<SaveKind, string>> = { png: 'PNG', svg: 'SVG', csv: 'CSV, its values' };

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
