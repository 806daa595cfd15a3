import type { Line } from './line-chart';
import type { Curve, RunView } from './page-data';
import { type Series, settledRuns } from './series';
import type { State } from './state';
import { meanCurve } from './statistics';
import { lineLook } from './theme';

/**
 * The lines of a series: of a single run its own, of several the mean of those that have finished, with its band, and thinly
 * those that go on.
 * @param curve of a run, in the units of the chart; undefined where it has none
 */
export function meanLines(
  series: Series,
  { band }: Pick<State, 'band'>,
  curve: (run: RunView) => Curve | undefined,
): Line[] {
  const look = lineLook(series.place);
  const settled = settledRuns(series);
  const curves = settled.flatMap((run) => curve(run) ?? []);
  const mean = meanCurve(curves);
  const edges = (k: number): readonly [number, number] =>
    band === 'std' ? [mean.mean[k] - mean.std[k], mean.mean[k] + mean.std[k]] : [mean.least[k], mean.most[k]];
  const going = series.runs.filter((run) => !settled.includes(run));
  return [
    ...(curves.length === 0
      ? []
      : [
          {
            name: series.name,
            ...look,
            points: mean.x.map((x, k) => [x, mean.mean[k]] as const),
            ...(band === 'none' || curves.length < 2
              ? {}
              : { band: mean.x.map((x, k) => [x, ...edges(k)] as const) }),
          },
        ]),
    ...going.flatMap((run) => {
      const own = curve(run);
      return own && own.x.length > 0
        ? [
            {
              name: `${series.name}, seed ${run.seed} (${run.state})`,
              ...look,
              thin: true,
              points: own.x.map((x, k) => [x, own.y[k]] as const),
            },
          ]
        : [];
    }),
  ];
}

/** What a chart says of its bands. */
export const bandNote = (
  { together, band }: Pick<State, 'together' | 'band'>,
  series: readonly Series[],
): string =>
  together && series.some(({ runs }) => runs.length > 1)
    ? {
        range: 'mean over seeds, band: min–max',
        std: 'mean over seeds, band: ± std',
        none: 'mean over seeds',
      }[band]
    : '';
