import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { armFolder } from '@kdx/run/parts';
import { statIfThere } from '@kdx/tensor';
import { z } from 'zod';
import type { TeacherView } from './page/page-data.js';

/** The comparison that a run is part of. */
export interface BenchPlace {
  /** The comparison's folder, absolute. */
  readonly out: string;
  readonly arm: string;
  /** Its place among the arms. */
  readonly index: number;
  readonly baseline: string | undefined;
  readonly teachers: readonly TeacherView[];
}

const quantity = z.number().finite();
const teacher = z.object({
  name: z.string(),
  parameters: quantity,
  split: z.string(),
  scores: z.object({ images: quantity }).catchall(quantity),
});

/** What a page needs of `bench.json`; older ones have neither a baseline nor teachers. */
const BENCH = z.object({
  arms: z.array(z.object({ name: z.string() })),
  baseline: z.string().optional().catch(undefined),
  teachers: z.array(teacher).catch([]),
});

/** The `bench.json` files of comparisons, each read again when it changed. */
export class BenchFiles {
  readonly #read = new Map<
    string,
    { readonly version: string; readonly bench: z.output<typeof BENCH> | undefined }
  >();

  /** Where a run stands in a comparison: `<out>/runs/<folder of the arm>/seed-<n>`, with the arm in `<out>/bench.json`. */
  placeOf(run: string): BenchPlace | undefined {
    const out = dirname(dirname(dirname(run)));
    const folder = basename(dirname(run));
    if (relative(out, run) !== join('runs', folder, basename(run)) || !/^seed-\d+$/.test(basename(run)))
      return undefined;
    const bench = this.#bench(out);
    const index = bench?.arms.findIndex(({ name }) => armFolder(name) === folder) ?? -1;
    if (!bench || index < 0) return undefined;
    const teachers = bench.teachers.map(({ scores: { images, ...values }, ...about }) => ({
      ...about,
      images,
      values,
    }));
    return {
      out,
      arm: bench.arms[index].name,
      index,
      baseline: bench.baseline ?? bench.arms[0].name,
      teachers,
    };
  }

  #bench(out: string): z.output<typeof BENCH> | undefined {
    const file = join(out, 'bench.json');
    const found = statIfThere(file);
    const version = found ? `${found.mtimeMs} ${found.size} ${found.ino}` : '';
    const known = this.#read.get(out);
    if (known?.version === version) return known.bench;
    const bench = found ? read(file) : undefined;
    this.#read.set(out, { version, bench });
    return bench;
  }
}

function read(file: string): z.output<typeof BENCH> | undefined {
  try {
    return BENCH.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    // Runs of a comparison whose file is damaged are grouped by their configs.
    return undefined;
  }
}
