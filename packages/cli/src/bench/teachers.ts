import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Scores, type Split } from '@kdx/core';
import { scoreSplit } from '@kdx/core/run';
import { prepareRun } from '@kdx/run';
import { writeJson } from '@kdx/tensor';
import { z } from 'zod';
import { kdxError } from '../errors.js';
import type { PlannedRun } from './plan.js';

/** A teacher of a comparison, scored on every image of the split that the students are scored on. */
export interface BenchTeacher {
  readonly name: string;
  /** Model and sha256 of its weights. */
  readonly weights: string;
  /** Arms that learn from it. */
  readonly arms: readonly string[];
  readonly parameters: number;
  readonly split: 'test' | 'validation';
  readonly classes: number;
  readonly scores: Scores;
}

interface ScoreOptions {
  readonly out: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly name: string; done: number; total: number }) => void;
}

/** Scores of before, by what decides them. */
type Kept = Record<string, Omit<BenchTeacher, 'arms'>>;

/**
 * Scores each teacher of a comparison once, on a whole split; `teachers.json` in the comparison's folder keeps the scores for
 * the next time. An arm with `teacherImages: 0` asks for none.
 * @throws KdxError `KDX_INTERRUPTED`, and what a teacher fails with
 */
export async function scoreTeachers(
  plan: readonly PlannedRun[],
  { out, signal, onProgress }: ScoreOptions,
): Promise<BenchTeacher[]> {
  const file = join(out, 'teachers.json');
  const kept = readKept(file);
  const found = new Map<string, BenchTeacher>();
  const firsts = plan.filter(({ arm }, k) => plan.findIndex((run) => run.arm === arm) === k);
  for (const { arm, config, pinned } of firsts) {
    if (config.teacherImages === 0 || pinned.teachers.length === 0) continue;
    const { backend, data } = pinned;
    const keyOf = (teacher: string): string =>
      [teacher, data, backend.name, backend.device, backend.precision].join(' | ');
    if (pinned.teachers.some((teacher) => kept[keyOf(teacher)] === undefined)) {
      const run = await prepareRun({ ...config, out: false, teacherCache: false });
      try {
        const { data: source, teachers, settings, task } = run.composition;
        const [split, images] = source.test
          ? (['test', source.test] as const)
          : (['validation', source.validation as Split] as const);
        for (const [index, teacher] of teachers.entries()) {
          const { name, classes, parameterCount } = teacher.spec;
          // A teacher with other outputs has no score on these.
          if (classes !== task.outputs(source)) continue;
          const scoring = await scoreSplit(task, teacher, interruptible(images, signal), {
            imageSize: source.imageSize,
            batch: settings.evaluationBatch,
            onProgress: (done, total) => onProgress({ name, done, total }),
          });
          const { fused } = scoring.result();
          const weights = pinned.teachers[index];
          kept[keyOf(weights)] = { name, weights, parameters: parameterCount, split, classes, scores: fused };
        }
      } finally {
        await run.dispose();
      }
      writeJson(file, kept);
    }
    for (const teacher of pinned.teachers) {
      const scored = kept[keyOf(teacher)];
      if (!scored) continue;
      const arms = [...(found.get(keyOf(teacher))?.arms ?? []), arm];
      found.set(keyOf(teacher), { ...scored, arms });
    }
  }
  return [...found.values()];
}

const KEPT = z.object({
  name: z.string(),
  weights: z.string(),
  parameters: z.number(),
  split: z.enum(['test', 'validation']),
  classes: z.number(),
  scores: z.object({ images: z.number() }).catchall(z.number()),
});

/** The scores that a file keeps; what is damaged is left out, and so computed again. */
export function readKept(file: string): Kept {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Not there yet, or damaged.
    return {};
  }
  const entries = z.record(z.string(), z.unknown()).safeParse(found).data ?? {};
  return Object.fromEntries(
    Object.entries(entries).flatMap(([key, value]) => {
      const { data } = KEPT.safeParse(value);
      return data ? [[key, data]] : [];
    }),
  );
}

/** The images of a split, with a turn of the event loop now and then, in which Ctrl-C is heard. */
const interruptible = (split: Split, signal: AbortSignal): Split => ({
  length: split.length,
  labels: split.labels,
  read: async (index, out) => {
    if (index % 50 === 0) await setImmediate();
    if (signal.aborted) {
      throw kdxError(
        'KDX_INTERRUPTED',
        'Interrupted: no run has begun since; the same command resumes the comparison.',
      );
    }
    await split.read(index, out);
  },
});
