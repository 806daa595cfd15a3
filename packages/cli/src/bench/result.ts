import type { HeadScores, ScoreLabel, TaskLabels } from '@kdx/core';
import { type PairedDifference, pairedDifference, type Spread, spreadOf, taskLabels } from '@kdx/report';
import { KDX_VERSION } from '@kdx/run';
import { environment, type RunRecord } from '@kdx/run/parts';
import { kdxError } from '../errors.js';
import type { PlannedRun } from './plan.js';
import type { BenchRun } from './read-run.js';
import type { BenchTeacher } from './teachers.js';

/** A score of one arm over its seeds. */
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
  /** Of the student; null until a run is finished. */
  readonly parameters: number | null;
  /** By the scores' names: the task's headline and those of its unit. Null until a run is finished. */
  readonly scores: Readonly<Record<string, ArmScores>> | null;
  /** The headline on the validation images, by which weights are chosen; null without such images. */
  readonly validation: Omit<ArmScores, 'heads'> | null;
  /** To the baseline over the seeds both have, in points of the headline; null for the baseline. */
  readonly difference: ArmDifference | null;
}

/** Points of the headline by which one arm is above another, over the seeds both have. */
export interface ArmDifference {
  readonly last: PairedDifference;
  readonly best: PairedDifference | null;
}

/** The difference `arm` − `against`. */
export interface ArmPair extends ArmDifference {
  readonly arm: string;
  readonly against: string;
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
  /** What the scores are called, and which is the headline. */
  readonly task: TaskLabels;
  /** Split that the scores are of. */
  readonly split: 'test' | 'validation';
  /** False while runs are missing. */
  readonly complete: boolean;
  /** The arm that the others are compared with: the first, or the one of `--against`. */
  readonly baseline: string;
  /** Teachers, scored on the whole split. */
  readonly teachers: readonly BenchTeacher[];
  readonly arms: readonly ArmResult[];
  /** Every two arms, each pair once: the later minus the earlier. */
  readonly pairs: readonly ArmPair[];
}

/** What is known of a comparison besides its runs. */
interface AboutBench extends Pick<BenchResult, 'command' | 'recipe' | 'teachers'> {
  /** Default the first arm. */
  readonly baseline?: string;
}

/** The figures of a comparison, of as many runs as are finished. */
export function benchResult(
  plan: readonly PlannedRun[],
  runs: readonly BenchRun[],
  { teachers, baseline, ...about }: AboutBench,
): BenchResult {
  const split = runs.every(({ test }) => test) ? 'test' : 'validation';
  const task = taskOf(runs);
  const headline = task.headline.name;
  const names = [...new Set(plan.map(({ arm }) => arm))];
  const against = baseline ?? names[0];
  const byArm = (name: string): BenchRun[] => runs.filter(({ arm }) => arm === name);
  const between = (name: string, other: string): ArmDifference | null =>
    differenceOf(byArm(name), byArm(other), split, headline);
  const arms = names.map((name): ArmResult => {
    const { config: given, classes } = plan.find(({ arm }) => arm === name) as PlannedRun;
    const { seed: _, ...config } = given;
    const own = byArm(name);
    return {
      name,
      config,
      runs: own,
      parameters: own[0]?.parameters ?? null,
      scores:
        own.length === 0
          ? null
          : Object.fromEntries(compared(task, classes).map((score) => [score, armScores(own, split, score)])),
      validation:
        own.length > 0 && own.every((run) => run.validation)
          ? withoutHeads(armScores(own, 'validation', headline))
          : null,
      difference: name === against ? null : between(name, against),
    };
  });
  const pairs = names.flatMap((other, k) =>
    names.slice(k + 1).flatMap((name): ArmPair[] => {
      const difference = between(name, other);
      return difference === null ? [] : [{ arm: name, against: other, ...difference }];
    }),
  );
  return {
    kdx: KDX_VERSION,
    written: new Date().toISOString(),
    environment: environment(),
    ...about,
    seeds: [...new Set(plan.map(({ seed }) => seed))],
    task,
    split,
    complete: runs.length === plan.length,
    baseline: against,
    teachers,
    arms,
    pairs,
  };
}

/** @throws KdxError `KDX_BENCH_TASKS` for runs whose scores mean different things */
function taskOf(runs: readonly BenchRun[]): TaskLabels {
  const task = runs[0]?.task ?? taskLabels(undefined);
  const other = runs.find((run) => run.task.name !== task.name);
  if (other === undefined) return task;
  throw kdxError(
    'KDX_BENCH_TASKS',
    `Arm "${runs[0].arm}" is scored as ${task.name} and arm "${other.arm}" as ${other.task.name}; compare runs of one task.`,
  );
}

/** The headline, and the scores that are told in the same unit beside it. */
const compared = ({ headline: { name }, scores }: TaskLabels, classes: number): string[] => [
  name,
  ...Object.keys(scores).filter(
    (other) =>
      other !== name && sameUnit(scores[name], scores[other]) && classes >= (scores[other].leastClasses ?? 0),
  ),
];

const sameUnit = (a: ScoreLabel | undefined, b: ScoreLabel): boolean =>
  a?.unit !== undefined && a.unit === b.unit;

/** Null while no seed of both is finished. */
function differenceOf(
  runs: readonly BenchRun[],
  others: readonly BenchRun[],
  split: BenchResult['split'],
  headline: string,
): ArmDifference | null {
  const pairs = (pick: (run: BenchRun) => number | undefined): PairedDifference | null => {
    const both = runs.flatMap((run) => {
      const reference = others.find(({ seed }) => seed === run.seed);
      const [value, other] = [pick(run), reference && pick(reference)];
      return value === undefined || other === undefined ? [] : [[value, other] as const];
    });
    return both.length === 0 ? null : pairedDifference(both);
  };
  const last = pairs((run) => scoresOf(run, split)?.last.fused[headline]);
  return last && { last, best: pairs((run) => scoresOf(run, split)?.best?.fused[headline]) };
}

const withoutHeads = ({ heads: _, ...scores }: ArmScores): Omit<ArmScores, 'heads'> => scores;

const scoresOf = (
  run: BenchRun,
  split: BenchResult['split'],
): { readonly last: HeadScores; readonly best?: HeadScores; readonly ema?: HeadScores } | undefined =>
  run[split];

function armScores(runs: readonly BenchRun[], split: BenchResult['split'], metric: string): ArmScores {
  const fused = (heads: HeadScores | undefined): number | undefined => heads?.fused[metric];
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
            names.map((head) => [
              head,
              spread((run) => scoresOf(run, split)?.last[head]?.[metric]) as Spread,
            ]),
          ),
  };
}
