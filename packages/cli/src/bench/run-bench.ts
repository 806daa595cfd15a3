import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunEvent } from '@kdx/core';
import { armFolder, differencesOf } from '@kdx/run/parts';
import { isKdxError, type KdxError, messageOf, writeJson } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { awaitOrphan } from './await-orphan.js';
import type { PlannedRun } from './plan.js';
import { readRecord } from './read-run.js';
import { runChild } from './run-child.js';

/** What a comparison tells while it runs. */
export type BenchEvent =
  | { readonly type: 'run-begin'; readonly run: PlannedRun }
  | { readonly type: 'run'; readonly run: PlannedRun; readonly event: RunEvent }
  | {
      readonly type: 'run-done';
      readonly run: PlannedRun;
      /** True for one that was there before. */
      readonly found: boolean;
    }
  | {
      readonly type: 'run-failed';
      readonly run: PlannedRun;
      readonly code: string;
      readonly message: string;
    };

interface RunBenchOptions {
  readonly out: string;
  /** Runs that go at once, each in a process of its own. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BenchEvent) => void;
}

/**
 * Trains what is not yet trained: a finished run is taken as it is, an interrupted one goes on from its last checkpoint.
 * A run that fails does not keep the others from ending.
 * @returns the runs that failed, with their errors
 * @throws KdxError `KDX_INTERRUPTED` once all running ones have saved
 */
export async function runBench(
  plan: readonly PlannedRun[],
  { out, jobs, signal, onEvent }: RunBenchOptions,
): Promise<readonly { run: PlannedRun; error: KdxError }[]> {
  const failed: { run: PlannedRun; error: KdxError }[] = [];
  const waiting = [...plan];
  const running = new Set<PlannedRun>();
  // Runs of one seed see the same images: the later finds on disk what the teacher said to the earlier, if it waits for it.
  const next = (): PlannedRun | undefined => {
    const seeds = [...running].map(({ seed }) => seed);
    const at = Math.max(
      0,
      waiting.findIndex(({ seed }) => !seeds.includes(seed)),
    );
    return waiting.splice(at, 1)[0];
  };
  const work = async (): Promise<void> => {
    for (let run = next(); run && !signal.aborted; run = next()) {
      const { directory } = run;
      await awaitOrphan(directory, signal, (message) => {
        const event = { type: 'warning', step: 0, code: 'KDX_RUN_BUSY', message } as const;
        onEvent({ type: 'run', run: run as PlannedRun, event });
      });
      if (signal.aborted) return;
      if (isFinished(directory)) {
        onEvent({ type: 'run-done', run, found: true });
        continue;
      }
      running.add(run);
      onEvent({ type: 'run-begin', run });
      try {
        await runChild(argumentsOf(run, out), {
          signal,
          onEvent: (event) => onEvent({ type: 'run', run: run as PlannedRun, event }),
        });
        if (!isFinished(directory)) throw withoutResult(directory);
        onEvent({ type: 'run-done', run, found: false });
      } catch (cause) {
        const error = isKdxError(cause) ? cause : kdxError('KDX_INTERNAL', messageOf(cause), { cause });
        if (signal.aborted) return;
        failed.push({ run, error });
        onEvent({ type: 'run-failed', run, code: error.code, message: error.message });
      } finally {
        running.delete(run);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, plan.length) }, work));
  if (signal.aborted && !plan.every(({ directory }) => isFinished(directory))) {
    throw kdxError('KDX_INTERRUPTED', 'Interrupted: every run is saved; the same command goes on.');
  }
  return failed;
}

/** A plugin of the run may have ended its process as if all were well. */
const withoutResult = (directory: string): KdxError =>
  kdxError(
    'KDX_RUN_KILLED',
    `The run in ${directory} ended without a result and without an error; look for what ends the process in its plugins.`,
  );

export const isFinished = (directory: string): boolean => existsSync(join(directory, 'summary.json'));

/** A begun run goes on by its own record; a new one is given a file with all of its config. */
function argumentsOf({ arm, seed, config, directory }: PlannedRun, out: string): string[] {
  if (existsSync(join(directory, 'config.json'))) return ['--resume', directory];
  const file = join(out, 'arms', `${armFolder(arm)}.json`);
  const { seed: _, ...shared } = config;
  writeJson(file, shared);
  return [file, '--seed', String(seed), '--out', directory];
}

/**
 * Holds the runs that are there to the plan, before anything is trained or written.
 * @throws KdxError `KDX_BENCH_CHANGED` naming each difference
 */
export function checkUnchanged(plan: readonly PlannedRun[]): void {
  for (const { directory, pinned } of plan) {
    if (!existsSync(join(directory, 'config.json'))) continue;
    const begun = readRecord(directory).pinned;
    const differences = (Object.keys(pinned) as (keyof typeof pinned)[]).flatMap((key) =>
      differencesOf(key, begun?.[key], pinned[key]),
    );
    if (differences.length === 0) continue;
    throw kdxError(
      'KDX_BENCH_CHANGED',
      `${directory} was begun with ${differences.join('; and with ')}; give the changed comparison another --out, or delete that folder.`,
    );
  }
}
