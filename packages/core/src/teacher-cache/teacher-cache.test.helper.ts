import { mkdtempSync, readdirSync, readFileSync, readlinkSync as readlink } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, Plugin, RunEvent, Term } from '../index.js';
import { RunStore } from '../index.js';
import type { RunSettingsInput } from '../settings/settings.js';
import { TinyModel } from '../train/tiny-model.test.helper.js';
import {
  begunFolder,
  difference,
  plugin,
  recorded,
  type TinyRun,
  task,
  tinyData,
  tinyRun,
} from '../train/tiny-run.test.helper.js';

export const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'kdx-cache-'));

/** Brightens images by what is drawn. */
export const brighten: DataSource['augment'][number] = {
  name: 'brighten(0.1)',
  apply: ({ data }, rng) => {
    const by = rng.uniform() * 0.1;
    for (let i = 0; i < data.length; i++) data[i] += by;
  },
};

/** Pulls the student to what it reads of teachers. */
export const pulling = (refs: readonly string[], term: Partial<Term> = {}): Plugin =>
  plugin('pulling', {
    setup: (ctx) => {
      for (const [i, ref] of refs.entries())
        ctx.addTerm({
          id: `to-${i}`,
          group: 'distill',
          reads: ['student.logits', ref],
          compute: ({ read }) => difference(read, 'student.logits', ref),
          ...term,
        });
    },
  });

/** The ways in which images come to be: what a record holds follows from it. */
export const WAYS: Record<string, { augment?: DataSource['augment']; settings?: RunSettingsInput }> = {
  'neither augmentation nor mixing': {},
  augmentation: { augment: [brighten] },
  mixing: { settings: { mixup: 0.8, cutmix: 1 } },
  'augmentation and mixing': { augment: [brighten], settings: { mixup: 0.8 } },
};

export type CacheEvent = Extract<RunEvent, { type: 'teacher-cache' }>;

export interface Outcome {
  /** Bytes of all checkpoints and students, by file. */
  readonly files: Record<string, string>;
  readonly events: RunEvent[];
  readonly cache: CacheEvent[];
  /** Forwards of all teachers. */
  readonly forwards: number;
  readonly hits: number;
  readonly misses: number;
  readonly damaged: number;
  readonly warnings: string[];
}

export interface CachedRun extends TinyRun {
  readonly directory?: string;
  readonly augment?: DataSource['augment'];
  readonly folder?: string;
  /** With the first teacher only. Default false. */
  readonly alone?: boolean;
}

/** Two teachers, the second of which has two heads; 3 epochs of 3 batches in 2 steps, the last of which has 2 images. */
export function cachedRun({
  directory,
  augment,
  settings,
  folder = begunFolder(),
  alone = false,
  ...rest
}: CachedRun) {
  const teachers = [
    new TinyModel({ name: 'one', seed: 5 }),
    ...(alone ? [] : [new TinyModel({ name: 'two', seed: 6, distilled: true })]),
  ];
  return {
    teachers,
    folder,
    options: {
      teachers,
      data: tinyData({ train: 10, augment }),
      plugins: [task(), pulling(['teacher.logits', 'teacher2.logits', 'teacher2.heads.distillation'])],
      store: RunStore.open(folder),
      ...(directory !== undefined && { teacherCache: { directory } }),
      ...rest,
      settings: { epochs: 3, batch: 4, accumulate: 2, teacherImages: 0, ...settings },
    } satisfies TinyRun,
  };
}

/** Trains a {@link cachedRun} to the end. */
export async function trained(given: CachedRun): Promise<Outcome> {
  const { teachers, folder, options } = cachedRun(given);
  const run = await tinyRun(options);
  const events = recorded(run);
  try {
    await run.fit();
  } finally {
    await run.dispose();
    for (const teacher of teachers) teacher.dispose();
  }
  return {
    files: bytesOf(folder),
    forwards: sum(teachers.map(({ calls }) => calls.length)),
    ...toldBy(events),
  };
}

export function toldBy(events: RunEvent[]): Omit<Outcome, 'files' | 'forwards'> {
  const cache = events.filter((event): event is CacheEvent => event.type === 'teacher-cache');
  return {
    events,
    cache,
    hits: sum(cache.map(({ hits }) => hits)),
    misses: sum(cache.map(({ misses }) => misses)),
    damaged: sum(cache.map(({ damaged }) => damaged)),
    warnings: events.flatMap((event) => (event.type === 'warning' ? [`${event.code} ${event.message}`] : [])),
  };
}

const bytesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    ['checkpoints/last.safetensors', 'checkpoints/best.safetensors', 'student.safetensors'].map((file) => [
      file,
      readFileSync(join(folder, file)).toString('base64'),
    ]),
  );

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Files of records, by path. */
export const recordFiles = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.bin'))
    .sort()
    .map((file) => join(directory, file));

/** Descriptors of this process that are open below a folder. */
export const openBelow = (directory: string): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlink(`/proc/self/fd/${fd}`);
      return target.startsWith(directory) ? [target] : [];
    } catch {
      return [];
    }
  });
