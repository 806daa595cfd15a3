import { cardGrid } from './card-grid';
import { unique } from './curves';
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
      const { runs } = state.data;
      const heads = unique(
        runs.flatMap((run) => [
          ...Object.keys(run.validation),
          ...run.scores
            .filter(({ split, weights }) => split === 'test' && weights === 'last')
            .map(({ head }) => head),
        ]),
      );
      // What runs are judged by comes first; a single head is what it is made of, so only that is drawn.
      const several = heads.filter((head) => head !== 'fused').length > 1;
      const names = heads
        .filter((head) => several || head !== 'class' || !heads.includes('fused'))
        .sort((a, b) => Number(b === 'fused') - Number(a === 'fused'));
      element.hidden = names.length === 0;
      const chosen = METRICS.find(({ value }) => value === state.metric) ?? METRICS[0];
      const format = isPercent(chosen.value) ? (value: number) => `${Number(value.toFixed(2))} %` : number;
      for (const [k, card] of grid.cards(names).entries()) {
        const head = names[k];
        drawLines(card, {
          title: several
            ? `${head === 'fused' ? 'all heads together' : `head “${head}”`}, ${chosen.label}`
            : chosen.label,
          note: 'line: validation · ○ best epoch · ◆ test, last epoch',
          xName: 'epoch',
          format,
          lines: shownRuns(state).map(({ run, place }) => accuracyLine(run, place, head, chosen.value)),
        });
      }
    },
  };
}

function accuracyLine(run: RunView, place: number, head: string, metric: Metric): Line {
  const curve = run.validation[head];
  const pairs = (curve?.epochs ?? []).map((epoch, k) => [epoch, curve[metric][k]] as const);
  const best = pairs.find(([epoch]) => epoch === run.bestEpoch);
  const test = scoreOf(run, 'test', 'last', head);
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
