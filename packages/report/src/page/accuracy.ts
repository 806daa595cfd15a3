import { type AccuracyChart, accuracyCharts } from './accuracy-charts';
import { cardGrid } from './card-grid';
import { choices, h, section } from './dom';
import { number } from './format';
import { drawLines, type Line } from './line-chart';
import { bandNote, meanLines } from './mean-line';
import type { RunView, TaskView } from './page-data';
import { scoreOf } from './scores';
import { type Series, settledRuns, shownSeries } from './series';
import type { Part, State } from './state';
import { spreadOf } from './statistics';
import { labelOf, scoresOf, taskOf } from './task';
import { lineLook } from './theme';

/** Validation scores of every head over epochs, with the test scores at the end. */
export function accuracy(redraw: (state: State) => void): Part {
  const grid = cardGrid();
  let shown: State | undefined;
  const metric = h('div');
  /** Names of the scores that can be chosen. */
  let offered = '';
  const element = section('accuracy', 'Scores', metric, grid.element);
  const offer = (scores: TaskView['scores'], chosen: () => string): void => {
    const options = Object.entries(scores).map(([value, { label }]) => ({ value, label }));
    const names = JSON.stringify(options);
    if (names === offered) return;
    offered = names;
    metric.replaceChildren(
      choices('Score', options, chosen, (value) => {
        if (!shown) return;
        shown.metric = value;
        redraw(shown);
      }),
    );
  };
  return {
    element,
    update(state) {
      shown = state;
      const charts = accuracyCharts(state.data.runs);
      element.hidden = charts.length === 0;
      const { runs } = state.data;
      const scores = scoresOf(runs);
      const headline = taskOf(runs).headline.name;
      const nameNow = (): string =>
        shown?.metric !== undefined && shown.metric in scores ? shown.metric : headline;
      offer(scores, nameNow);
      const chosen = nameNow();
      const unit = scores[chosen]?.unit;
      const format = unit === undefined ? number : (value: number) => `${Number(value.toFixed(2))} ${unit}`;
      for (const [k, card] of grid.cards(charts.map(({ curve }) => curve)).entries()) {
        const chart = charts[k];
        const shownNow = shownSeries(state);
        const lines = shownNow.flatMap((series) => accuracyLines(series, state, chart, chosen));
        const marks = lines.flatMap((line) => line.marks ?? []);
        const has = (symbol: string): boolean => marks.some((mark) => mark.symbol === symbol);
        drawLines(card, {
          title: [chart.title, labelOf({ scores }, chosen)].filter(Boolean).join(', '),
          note: [
            ['line: validation', bandNote(state, shownNow)].filter(Boolean).join(', '),
            has('circle') && '○ best epoch',
            has('diamond') && '◆ test, last epoch',
          ]
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

function accuracyLines(series: Series, state: State, chart: AccuracyChart, metric: string): Line[] {
  const [run, ...others] = series.runs;
  if (others.length === 0) return [accuracyLine(run, series, chart, metric)];
  const lines = meanLines(series, state, (each) => {
    const pairs = pairsOf(each, chart, metric);
    return { x: pairs.map(([epoch]) => epoch), y: pairs.map(([, value]) => value) };
  });
  const tests = settledRuns(series).flatMap(
    (each) => scoreOf(each, 'test', chart.weights, chart.head)?.values[metric] ?? [],
  );
  const mean = spreadOf(tests)?.mean;
  const [line, ...going] = lines;
  if (mean === undefined || run.epochs === undefined || !line || line.thin) return lines;
  const mark = { at: [run.epochs, mean] as const, symbol: 'diamond' as const, name: 'test' };
  return [{ ...line, marks: [mark] }, ...going];
}

const pairsOf = (run: RunView, { curve: name }: AccuracyChart, metric: string) => {
  const curve = run.validation[name];
  return (curve?.epochs ?? [])
    .map((epoch, k) => [epoch, curve.values[metric]?.[k]] as const)
    .filter(([, value]) => value !== null && value !== undefined);
};

function accuracyLine(run: RunView, { name, place }: Series, chart: AccuracyChart, metric: string): Line {
  const { head, weights } = chart;
  const pairs = pairsOf(run, chart, metric);
  // The best epoch stands on the curve of the weights it was chosen by.
  const best =
    weights === (run.bestWeights ?? 'last') ? pairs.find(([epoch]) => epoch === run.bestEpoch) : undefined;
  const test = scoreOf(run, 'test', weights, head);
  return {
    name,
    ...lineLook(place),
    points: pairs,
    marks: [
      ...(best ? [{ at: best, symbol: 'circle' as const, name: 'best epoch' }] : []),
      ...(test && run.epochs !== undefined
        ? [{ at: [run.epochs, test.values[metric]] as const, symbol: 'diamond' as const, name: 'test' }]
        : []),
    ],
  };
}
