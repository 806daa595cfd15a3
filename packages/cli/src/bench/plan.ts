import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RunConfig } from '@kdx/run';
import { prepareRun } from '@kdx/run';
import type { Pinned } from '@kdx/run/parts';
import { armFolder, type ConfigSource, runOf } from '@kdx/run/parts';
import { kdxError } from '../errors.js';
import { isTeacherFree } from './teacher-free.js';

/** One run of a comparison. */
export interface PlannedRun {
  readonly arm: string;
  readonly seed: number;
  /** The whole config of the run but its folder. */
  readonly config: Omit<RunConfig, 'out'>;
  /** What decides the bits of its result. */
  readonly pinned: Pinned;
  /** `<out>/runs/<folder of the arm>/seed-<n>`. */
  readonly directory: string;
  /** Of its data. */
  readonly classes: number;
}

export interface BenchOptions {
  /** The comparison's folder. The same comparison there goes on. */
  readonly out: string;
  readonly seeds: readonly number[];
  /** Called before each arm is wired, which loads models and data. */
  readonly onArm?: (arm: string, index: number, arms: number) => void;
}

type Where = Pick<RunConfig, 'backend' | 'device' | 'precision' | 'threads'>;

/**
 * Every run of a comparison, seed by seed, so that what is there after any time is paired. Each arm is wired once, without
 * training, so that whatever is wrong with one is told before the first has trained. A back end, device or number of
 * threads that is left open is chosen once for all, and an arm whose methods use no teacher gets none.
 * @throws KdxError `KDX_BENCH_SAME` for two arms that are one, `KDX_BENCH_SPLIT` for data without images to score on, and
 *   whatever {@link prepareRun} throws
 */
export async function planBench(
  source: ConfigSource,
  { out, seeds, onArm }: BenchOptions,
): Promise<PlannedRun[]> {
  const chosen = new Map<string, Where>();
  const wired = new Map<string, Omit<PlannedRun, 'arm' | 'seed' | 'directory'>>();
  for (const [index, arm] of [...source.arms.keys()].entries()) {
    onArm?.(arm, index, source.arms.size);
    let { out: _, ...asked } = runOf(source, arm, { armOnTop: true });
    const { backend, device, precision, threads, teacherCache } = asked;
    const open = JSON.stringify([backend, device, precision, threads]);
    const wire = () => prepareRun({ ...asked, ...chosen.get(open), out: false, teacherCache: false });
    let run = await wire();
    if (isTeacherFree(run.composition)) {
      await run.dispose();
      asked = { ...asked, teacher: undefined };
      run = await wire();
    }
    try {
      const { pinned, config: resolved } = run.record;
      const { data } = run.composition;
      if (!data.test && !data.validation) {
        throw kdxError(
          'KDX_BENCH_SPLIT',
          `Arm "${arm}": ${data.name} has neither test nor validation images to score on; give data that has some.`,
        );
      }
      const { backend: name, device: on, precision: stored, threads: count } = resolved as Where;
      chosen.set(open, { backend: name, device: on, precision: stored, threads: count });
      // Arms share the comparison's own cache unless they say otherwise; without a teacher there is nothing to keep.
      const cache = asked.teacher === undefined ? false : (teacherCache ?? true);
      const config = {
        ...asked,
        ...(resolved as Partial<RunConfig>),
        teacherCache: cache === true ? join(out, 'teacher-cache') : cache,
      };
      for (const [other, { config: before }] of wired) {
        if (!isDeepStrictEqual(before, config)) continue;
        throw kdxError(
          'KDX_BENCH_SAME',
          `The arms "${other}" and "${arm}" are the same run; leave one out, or say what it changes.`,
        );
      }
      wired.set(arm, { config, pinned, classes: data.labelNames.length });
    } finally {
      await run.dispose();
    }
  }
  return seeds.flatMap((seed) =>
    [...wired].map(([arm, { config, pinned, classes }]) => ({
      arm,
      seed,
      config: { ...config, seed },
      pinned: { ...pinned, settings: JSON.stringify({ ...JSON.parse(pinned.settings), seed }) },
      directory: runDirectory(out, arm, seed),
      classes,
    })),
  );
}

/** Where a run of a comparison lies. */
export const runDirectory = (out: string, arm: string, seed: number): string =>
  join(out, 'runs', armFolder(arm), `seed-${seed}`);
