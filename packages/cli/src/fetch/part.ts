import { writeFileSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { guarded, writeFault } from './write-fault.js';

/** What a part is of, kept beside it. */
export interface Note {
  readonly url: string;
  /** A strong ETag, or when it was last changed. */
  readonly validator?: string;
}

const noteOf = (part: string): string => `${part}.json`;

/** Forgets what came. @throws KdxError `KDX_FETCH_WRITE` */
export async function removePart(part: string): Promise<void> {
  try {
    await rm(part, { force: true });
    await rm(noteOf(part), { force: true });
  } catch (cause) {
    throw writeFault(part, cause);
  }
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? found.size : 0;
}

/** @throws KdxError `KDX_FETCH_WRITE` */
export const writeNote = (part: string, note: Note): void =>
  guarded(part, () => writeFileSync(noteOf(part), JSON.stringify(note)));

export async function readNote(part: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(noteOf(part), 'utf8')) as Note;
  } catch {
    // Without it nothing is known of the part, which is then begun anew unless a checksum tells.
    return undefined;
  }
}
