import { relative } from 'node:path';
import { RunStore, type RunSummary, type TaskLabels } from '@kdx/core';
import { median, taskLabels } from '@kdx/report';
import { hashFile, type RunRecord } from '@kdx/run/parts';
import { messageOf } from '@kdx/tensor';
import { z } from 'zod';
import { kdxError } from '../errors.js';
import { addUse, type CacheUse, NO_USE } from '../terminal/teacher-cache-text.js';
import type { PlannedRun } from './plan.js';

/** A finished run of a comparison. */
export interface BenchRun {
  readonly arm: string;
  readonly seed: number;
  /** Relative to the comparison's folder. */
  readonly directory: string;
  /** Of training and evaluation, in seconds. */
  readonly seconds: number;
  /** Median over the epochs of the seconds spent in training. */
  readonly epochSeconds: number;
  readonly parameters: number;
  readonly headRule: RunSummary['headRule'];
  /** What its scores are called. */
  readonly task: TaskLabels;
  readonly trainLoss: number;
  readonly validation?: RunSummary['validation'];
  readonly test?: RunSummary['test'];
  /** sha256 of `student.safetensors`. */
  readonly sha256: string;
  /** Batches of teacher logits read from disk and computed, where a cache was on. */
  readonly teacherCache?: CacheUse;
  /** What decided the bits of the result. */
  readonly pinned: RunRecord['pinned'];
  readonly environment: RunRecord['environment'];
  readonly created: string;
}

/** `config.json` of a run. @throws KdxError `KDX_RUN_MISSING`, `KDX_RUN_BROKEN` */
export const readRecord = (directory: string): RunRecord =>
  RunStore.open(directory).readJson<RunRecord>('config.json');

/** @throws KdxError `KDX_BENCH_RUN` for a folder whose files are damaged or gone */
export async function readRun(planned: PlannedRun, out: string): Promise<BenchRun> {
  try {
    return await read(planned, out);
  } catch (cause) {
    throw kdxError(
      'KDX_BENCH_RUN',
      `${planned.directory} is not the whole run it was (${messageOf(cause)}); delete that folder and give the same command again.`,
      { cause },
    );
  }
}

const headScores = z.record(z.string(), z.object({ images: z.number() }).catchall(z.number()));

/** What a comparison reads of a summary. */
const summaryParts = z.looseObject({
  seconds: z.number(),
  parameters: z.number(),
  headRule: z.string(),
  trainLoss: z.number(),
  validation: z
    .looseObject({ last: headScores, best: headScores, bestEpoch: z.number(), ema: headScores.optional() })
    .optional(),
  test: z
    .looseObject({ last: headScores, best: headScores.optional(), ema: headScores.optional() })
    .optional(),
});

async function read({ arm, seed, directory }: PlannedRun, out: string): Promise<BenchRun> {
  const store = RunStore.open(directory);
  const { pinned, environment, created } = store.readJson<RunRecord>('config.json');
  const { seconds, parameters, headRule, trainLoss, validation, test, task } = store.readJson<RunSummary>(
    'summary.json',
    summaryParts,
  );
  const epochs: number[] = [];
  let cache = NO_USE;
  for (const event of store.events.all()) {
    if (event.type === 'epoch') epochs.push(event.seconds);
    if (event.type === 'teacher-cache') cache = addUse(cache, event);
  }
  return {
    arm,
    seed,
    directory: relative(out, directory),
    seconds,
    epochSeconds: median(epochs),
    parameters,
    headRule,
    trainLoss,
    task: taskLabels(task),
    validation,
    test,
    sha256: await hashFile(store.path('student.safetensors')),
    ...(cache.hits + cache.misses > 0 ? { teacherCache: cache } : {}),
    pinned,
    environment,
    created,
  };
}
