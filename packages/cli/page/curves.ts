import { cardGrid } from './card-grid';
import { choices, h, section } from './dom';
import { number } from './format';
import type { Line } from './line-chart';
import { drawLines } from './line-chart';
import type { Curve, RunView } from './page-data';
import { smooth } from './smooth';
import { type Part, type State, shownRuns } from './state';
import { lineLook } from './theme';

/** With more runs than these the unsmoothed lines behind are but a fog. */
const WITH_RAW = 4;

/** What the x axis counts, as a factor of steps. */
function perStep({ epochs, steps }: RunView, { xAxis }: State): number {
  return xAxis === 'epoch' && epochs !== undefined && steps ? epochs / steps : 1;
}

export const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** The loss and each of its terms. */
export function losses(redraw: (state: State) => void): Part {
  const grid = cardGrid();
  let shown: State | undefined;
  const slider = h('input', {
    type: 'range',
    min: '0',
    max: '0.98',
    step: '0.02',
    value: '0.6',
    id: 'smoothing',
    input: () => {
      if (!shown) return;
      shown.smoothing = Number(slider.value);
      redraw(shown);
    },
  });
  const axis = choices(
    'Horizontal axis',
    [
      { value: 'epoch', label: 'epochs' },
      { value: 'step', label: 'steps' },
    ],
    () => shown?.xAxis ?? 'epoch',
    (value) => {
      if (!shown) return;
      shown.xAxis = value as State['xAxis'];
      redraw(shown);
    },
  );
  const smoothing = h('label', { class: 'choose', for: 'smoothing' }, 'smoothing ', slider);
  const element = section(
    'losses',
    'Training loss',
    h('div', { class: 'tools' }, axis, smoothing),
    grid.element,
  );
  return {
    element,
    update(state) {
      shown = state;
      const { runs } = state.data;
      element.hidden = runs.every(({ curves }) => curves.loss.x.length === 0);
      const terms = unique(runs.flatMap(({ curves }) => Object.keys(curves.terms)));
      const cards = grid.cards(['loss', ...terms.map((term) => `term ${term}`)]);
      const draw = (
        at: number,
        title: string,
        note: string,
        pick: (run: RunView) => Curve | undefined,
      ): void =>
        drawLines(cards[at], {
          title,
          note,
          xName: state.xAxis,
          format: number,
          lines: curveLines(state, pick, state.smoothing),
        });
      const smoothed = state.smoothing > 0 ? `, smoothed (${state.smoothing})` : '';
      draw(0, 'total', `weighted sum of the terms${smoothed}`, ({ curves }) => curves.loss);
      for (const [k, term] of terms.entries())
        draw(k + 1, term, `unweighted${smoothed}`, ({ curves }) => curves.terms[term]);
    },
  };
}

/** Learning rate and images per second. */
export function pace(): Part {
  const grid = cardGrid();
  const element = section('pace', 'Learning rate and speed', grid.element);
  return {
    element,
    update(state) {
      element.hidden = state.data.runs.every(({ curves }) => curves.learningRate.x.length === 0);
      const [rate, speed] = grid.cards(['learning rate', 'images/s']);
      const common = { xName: state.xAxis, format: number, fromZero: true };
      drawLines(rate, {
        ...common,
        title: 'learning rate',
        lines: curveLines(state, ({ curves }) => curves.learningRate, 0),
      });
      drawLines(speed, {
        ...common,
        title: 'images/s',
        note: 'training only, as logged',
        lines: curveLines(state, ({ curves }) => curves.imagesPerSecond, 0),
      });
    },
  };
}

function curveLines(state: State, pick: (run: RunView) => Curve | undefined, smoothing: number): Line[] {
  const shown = shownRuns(state).filter(({ run }) => (pick(run)?.x.length ?? 0) > 0);
  return shown.map(({ run, place }) => {
    const { x, y } = pick(run) as Curve;
    const factor = perStep(run, state);
    const points = (values: readonly number[]) => values.map((value, k) => [x[k] * factor, value] as const);
    return {
      name: run.name,
      ...lineLook(place),
      points: points(smoothing > 0 ? smooth(y, smoothing) : y),
      raw: smoothing > 0 && shown.length <= WITH_RAW ? points(y) : undefined,
    };
  });
}
