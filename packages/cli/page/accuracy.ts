import { type AccuracyChart, accuracyCharts } from './accuracy-charts';
import { cardGrid } from './card-grid';
import { choices, section } from './dom';
import { number } from './format';
import { drawLines, type Line } from './line-chart';
import type { Metric, RunView } from './page-data';
import { scoreOf } from './scores';
import { type Part, type State, shownRuns } from './state';
import { lineLook } from './theme';

const METRICS: readonly { readonly value: Metric; readonly label: string }[] = [
  { value: 'top1', label: 'top-1' },
  { value: 'top5', label: 'top-5' },
  { value: 'loss', label: 'cross-entropy' },
  { value: 'ece', label: 'ECE' },
];
const isPercent = (metric: Metric): boolean => metric === 'top1' || metric === 'top5';

/** Validation scores of every head over epochs, with the test scores at the end. */
export function accuracy(redraw: (state: State) => void): Part {
  const grid = cardGrid();
  let shown: State | undefined;
  const metric = choices(
    'Score',
    METRICS,
    () => shown?.metric ?? 'top1',
    (value) => {
      if (!shown) return;
      shown.metric = value as Metric;
      redraw(shown);
    },
  );
  const element = section('accuracy', 'Accuracy', metric, grid.element);
  return {
    element,
    update(state) {
      shown = state;
      const charts = accuracyCharts(state.data.runs);
      element.hidden = charts.length === 0;
      const chosen = METRICS.find(({ value }) => value === state.metric) ?? METRICS[0];
      const format = isPercent(chosen.value) ? (value: number) => `${Number(value.toFixed(2))} %` : number;
      for (const [k, card] of grid.cards(charts.map(({ curve }) => curve)).entries()) {
        const chart = charts[k];
        const lines = shownRuns(state).map(({ run, place }) => accuracyLine(run, place, chart, chosen.value));
        const marks = lines.flatMap((line) => line.marks ?? []);
        const has = (symbol: string): boolean => marks.some((mark) => mark.symbol === symbol);
        drawLines(card, {
          title: [chart.title, chosen.label].filter(Boolean).join(', '),
          note: ['line: validation', has('circle') && '○ best epoch', has('diamond') && '◆ test, last epoch']
            .filter(Boolean)
            .join(' · '),
          xName: 'epoch',
          format,
          lines,
        });
      }
    },
  };
}

function accuracyLine(
  run: RunView,
  place: number,
  { head, weights, curve: name }: AccuracyChart,
  metric: Metric,
): Line {
  const curve = run.validation[name];
  const pairs = (curve?.epochs ?? []).map((epoch, k) => [epoch, curve[metric][k]] as const);
  // The best epoch stands on the curve of the weights it was chosen by.
  const best =
    weights === (run.bestWeights ?? 'last') ? pairs.find(([epoch]) => epoch === run.bestEpoch) : undefined;
  const test = scoreOf(run, 'test', weights, head);
  return {
    name: run.name,
    ...lineLook(place),
    points: pairs.filter(([, value]) => value !== null),
    marks: [
      ...(best ? [{ at: best, symbol: 'circle' as const, name: 'best epoch' }] : []),
      ...(test && run.epochs !== undefined
        ? [{ at: [run.epochs, test[metric]] as const, symbol: 'diamond' as const, name: 'test' }]
        : []),
    ],
  };
}
