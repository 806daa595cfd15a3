import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporary, parseJson, temporaryFor } from '@kdx/tensor';
import { z } from 'zod';
import { kdxError } from '../errors.js';
import type { CacheKey } from './cache-key.js';
import { RecordFile } from './record-file.js';

/** What is known of a teacher besides its logits. */
export interface TeacherStats {
  /** Of a forward with its download, divided by its images. */
  readonly secondsPerImage?: number;
  /** By batch size: whether an image's logits are the same bits wherever in the batch it stands. */
  readonly placeFree?: Readonly<Record<number, boolean>>;
}

const statsSchema = z.object({
  secondsPerImage: z.number().positive().optional(),
  placeFree: z.record(z.string(), z.boolean()).optional(),
});

/** `<directory>/<first 16 hex of the key>/`: `key.json`, `stats.json` and the records of one key. */
export class CacheFolder {
  readonly #files = new Map<string, RecordFile>();

  private constructor(
    readonly folder: string,
    private readonly key: CacheKey,
  ) {}

  /** @throws KdxError `KDX_CACHE_KEY` when the folder is that of another key. */
  static async open(directory: string, key: CacheKey): Promise<CacheFolder> {
    const folder = join(directory, key.sha256.slice(0, 16));
    const file = join(folder, 'key.json');
    const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (known === undefined) {
      // Not recursive, which never returns where new folders are refused with ENOENT, as in /proc.
      await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      await replaceFile(file, key.text);
    } else if (known !== key.text) {
      throw kdxError(
        'KDX_CACHE_KEY',
        `${file} is not the key that its folder is named after; remove ${folder} to fill it again.`,
      );
    }
    await removeAbandoned(folder).catch(() => {});
    return new CacheFolder(folder, key);
  }

  /** One open file per name. @param values most values a record holds */
  file(name: string, values: number): RecordFile {
    const known = this.#files.get(name);
    if (known) return known;
    const file = new RecordFile(join(this.folder, name), { key: this.key.sha256, values });
    this.#files.set(name, file);
    return file;
  }

  /** Empty where the file is missing or damaged; it only helps. */
  async stats(): Promise<TeacherStats> {
    try {
      return statsSchema.parse(parseJson(await readFile(join(this.folder, 'stats.json'), 'utf8')));
    } catch {
      return {};
    }
  }

  async addStats(more: TeacherStats): Promise<void> {
    const known = await this.stats();
    const stats: TeacherStats = { ...known, ...more, placeFree: { ...known.placeFree, ...more.placeFree } };
    await replaceFile(join(this.folder, 'stats.json'), `${JSON.stringify(stats, null, 2)}\n`);
  }

  /** Closes the files; they open again when they are asked for. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    // What a file system refuses as late as this is not there when it is read.
    await Promise.allSettled(files.map((file) => file.close()));
  }
}

/** Written beside and renamed, so that a reader never sees half of it. */
async function replaceFile(file: string, text: string): Promise<void> {
  // Several runs, in one process or on several machines, may do so at once.
  const temporary = temporaryFor(file);
  await writeFile(temporary, text);
  await rename(temporary, file);
}

/** Writing one of these small files takes no hour, so the writer of what is older was killed. In milliseconds. */
const ABANDONED = 3_600_000;

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (isTemporary(name) && Date.now() - (await stat(file)).mtimeMs > ABANDONED)
      await rm(file, { force: true });
  }
}
