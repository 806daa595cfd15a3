import { writeFileSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { parseJson, readText } from '@kdx/tensor';
import { z } from 'zod';
import { guarded, writeFault } from './write-fault.js';

const note = z.object({
  url: z.string(),
  /** A strong ETag, or when it was last changed. */
  validator: z.string().optional(),
});

/** What a part is of, kept beside it. */
export type Note = Readonly<z.output<typeof note>>;

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
    return note.parse(parseJson(readText(noteOf(part))));
  } catch {
    // Without a note nothing is known of the part, so it starts again unless a checksum identifies it.
    return undefined;
  }
}
