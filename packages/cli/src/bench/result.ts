import type { HeadScores } from '@kdx/core';
import { environment, KDX_VERSION, type RunRecord } from '../run/record.js';
import type { PlannedRun } from './plan.js';
import type { BenchRun } from './read-run.js';
import { type Spread, spreadOf } from './spread.js';
import { type PairedDifference, pairedDifference } from './statistics.js';

/** Top-1 of one arm over its seeds, in percent. */
export interface ArmScores {
  /** Of the last epoch. */
  readonly last: Spread;
  /** Of the epoch that was best on the validation images; null without such images. */
  readonly best: Spread | null;
  /** Of the averaged weights, where EMA is on. */
  readonly ema: Spread | null;
  /** Of each head of the last epoch, by name, where there are several. */
  readonly heads: Readonly<Record<string, Spread>>;
}

export interface ArmResult {
  readonly name: string;
  /** The arm's config, without seed and folder. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly runs: readonly BenchRun[];
  /** Null until a run is finished. */
  readonly top1: ArmScores | null;
  /** Against the first arm over the seeds both have, in points of top-1; null for the first arm. */
  readonly difference: { readonly last: PairedDifference; readonly best: PairedDifference | null } | null;
}

/** `bench.json`. */
export interface BenchResult {
  readonly kdx: string;
  readonly written: string;
  readonly environment: RunRecord['environment'];
  /** What was typed, where it was typed. */
  readonly command?: string;
  readonly recipe?: string;
  readonly seeds: readonly number[];
  /** Split that the scores are of. */
  readonly split: 'test' | 'validation';
  /** False while runs are missing. */
  readonly complete: boolean;
  readonly arms: readonly ArmResult[];
}

/** The figures of a comparison, of as many runs as are finished. */
export function benchResult(
  plan: readonly PlannedRun[],
  runs: readonly BenchRun[],
  about: Pick<BenchResult, 'command' | 'recipe'>,
): BenchResult {
  const split = runs.every(({ test }) => test) ? 'test' : 'validation';
  const names = [...new Set(plan.map(({ arm }) => arm))];
  const byArm = (name: string): BenchRun[] => runs.filter(({ arm }) => arm === name);
  const [first] = names;
  const arms = names.map((name): ArmResult => {
    const { seed: _, ...config } = (plan.find(({ arm }) => arm === name) as PlannedRun).config;
    const own = byArm(name);
    const pairs = (pick: (run: BenchRun) => number | undefined): PairedDifference | null => {
      const both = own.flatMap((run) => {
        const reference = byArm(first).find(({ seed }) => seed === run.seed);
        const [value, other] = [pick(run), reference && pick(reference)];
        return value === undefined || other === undefined ? [] : [[value, other] as const];
      });
      return both.length === 0 ? null : pairedDifference(both);
    };
    const last = pairs((run) => fused(scoresOf(run, split)?.last));
    return {
      name,
      config,
      runs: own,
      top1: own.length === 0 ? null : armScores(own, split),
      difference:
        name === first || last === null
          ? null
          : { last, best: pairs((run) => fused(scoresOf(run, split)?.best)) },
    };
  });
  return {
    kdx: KDX_VERSION,
    written: new Date().toISOString(),
    environment: environment(),
    ...about,
    seeds: [...new Set(plan.map(({ seed }) => seed))],
    split,
    complete: runs.length === plan.length,
    arms,
  };
}

const fused = (heads: HeadScores | undefined): number | undefined => heads?.fused.top1;

const scoresOf = (
  run: BenchRun,
  split: BenchResult['split'],
): { readonly last: HeadScores; readonly best?: HeadScores; readonly ema?: HeadScores } | undefined =>
  run[split];

function armScores(runs: readonly BenchRun[], split: BenchResult['split']): ArmScores {
  const spread = (pick: (run: BenchRun) => number | undefined): Spread | null => {
    const values = runs.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? null : spreadOf(values);
  };
  const names = Object.keys(scoresOf(runs[0], split)?.last ?? {}).filter((head) => head !== 'fused');
  return {
    last: spread((run) => fused(scoresOf(run, split)?.last)) as Spread,
    best: spread((run) => fused(scoresOf(run, split)?.best)),
    ema: spread((run) => fused(scoresOf(run, split)?.ema)),
    heads:
      names.length < 2
        ? {}
        : Object.fromEntries(
            names.map((head) => [head, spread((run) => scoresOf(run, split)?.last[head]?.top1) as Spread]),
          ),
  };
}
