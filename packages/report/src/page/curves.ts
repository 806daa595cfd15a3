import { cardGrid } from './card-grid';
import { choices, h, section } from './dom';
import { number } from './format';
import type { Line } from './line-chart';
import { drawLines } from './line-chart';
import { bandNote, meanLines } from './mean-line';
import type { Curve, LoggedCurve, RunView } from './page-data';
import { shownSeries } from './series';
import { smooth, smoothingReach, smoothingUnit } from './smooth';
import type { Part, State } from './state';
import { lineLook } from './theme';

/** With more runs than these the unsmoothed lines behind are but a fog. */
const WITH_RAW = 4;

/** What the x axis counts, as a factor of steps. */
function perStep({ epochs, steps }: RunView, { xAxis }: State): number {
  return xAxis === 'epoch' && epochs !== undefined && steps ? epochs / steps : 1;
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

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
      // A term that only runs have whose lines are off would be an empty card.
      const terms = unique(shownRuns(state).flatMap(({ curves }) => Object.keys(curves.terms)));
      const cards = grid.cards(['loss', ...terms.map((term) => `term ${term}`)]);
      const { smoothing } = state;
      const draw = (at: number, title: string, note: string, pick: PickCurve): void => {
        const unit = smoothingUnit(longestOf(state, pick));
        const reach = `${Number(smoothingReach(smoothing, unit).toPrecision(2))} ${state.xAxis}s`;
        drawLines(cards[at], {
          title,
          note: [note, smoothing > 0 && `smoothed over about ${reach}`, bandNote(state, shownSeries(state))]
            .filter(Boolean)
            .join(', '),
          xName: state.xAxis,
          format: number,
          lines: curveLines(state, pick, (curve) =>
            smoothing > 0 ? { ...curve, y: smooth(curve, smoothing, unit) } : undefined,
          ),
        });
      };
      draw(0, 'total', 'all terms, weighted', ({ curves }) => curves.loss);
      for (const [k, term] of terms.entries())
        draw(k + 1, term, 'unweighted', ({ curves }) => curves.terms[term]);
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
        lines: curveLines(
          state,
          ({ curves }) => curves.learningRate,
          () => undefined,
        ),
      });
      drawLines(speed, {
        ...common,
        title: 'images/s',
        note: state.data.runs.some(({ curves }) => curves.imagesPerSecond.means)
          ? 'training only; of long runs means of what was logged'
          : 'training only, as logged',
        lines: curveLines(
          state,
          ({ curves }) => curves.imagesPerSecond,
          (curve, { means }) => means && curve,
        ),
      });
    },
  };
}

type PickCurve = (run: RunView) => LoggedCurve | undefined;

/** Where the longest line that is drawn will end, in the units of the x axis. */
function longestOf(state: State, pick: PickCurve): number {
  const ends = shownRuns(state).map((run) => {
    const last = pick(run)?.x.at(-1);
    return last === undefined ? 0 : Math.max(run.steps ?? 0, last) * perStep(run, state);
  });
  return Math.max(...ends, 0);
}

/** @param refine what to draw instead of what was logged, of the curve's means where it has any; undefined for what was logged */
function curveLines(
  state: State,
  pick: PickCurve,
  refine: (means: Curve, logged: LoggedCurve) => Curve | undefined,
): Line[] {
  const drawn = (
    run: RunView,
  ): { readonly logged: Curve; readonly refined: Curve | undefined } | undefined => {
    const logged = pick(run);
    if (!logged || logged.x.length === 0) return undefined;
    const factor = perStep(run, state);
    const scaled = ({ x, y }: Curve): Curve => ({ x: x.map((step) => step * factor), y });
    return { logged: scaled(logged), refined: refine(scaled(logged.means ?? logged), logged) };
  };
  const points = ({ x, y }: Curve) => y.map((value, k) => [x[k], value] as const);
  const shown = shownSeries(state).filter(({ runs }) => runs.some(drawn));
  return shown.flatMap((series): Line[] => {
    const [run, ...others] = series.runs;
    // Means of stretches are of the same steps in every run, and what was kept of long curves is not.
    if (others.length > 0)
      return meanLines(series, state, (each) => {
        const curve = drawn(each);
        const means = pick(each)?.means;
        const factor = perStep(each, state);
        return (
          curve?.refined ?? (means ? { x: means.x.map((step) => step * factor), y: means.y } : curve?.logged)
        );
      });
    const curve = drawn(run);
    if (!curve) return [];
    const { logged, refined } = curve;
    return [
      {
        name: series.name,
        ...lineLook(series.place),
        points: points(refined ?? logged),
        raw: refined && shown.length <= WITH_RAW ? points(logged) : undefined,
      },
    ];
  });
}

const shownRuns = (state: State): readonly RunView[] => shownSeries(state).flatMap(({ runs }) => runs);
