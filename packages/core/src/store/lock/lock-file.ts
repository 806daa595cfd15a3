import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { type Machine, thisMachine } from './machine.js';

/** What a lock file says of the process that holds it. */
export interface Holder extends Machine {
  /** Random, so that two holders with one process number differ. Absent from a lock that this kdx did not write. */
  readonly token?: string;
  readonly pid: number;
  /** Whether it also holds the operating system's lock of the file. */
  readonly osLock: boolean;
}

/** Digits of the heart-beat, which stands at a fixed place so that one small write changes it. */
const DIGITS = 12;
const BEAT_AT = '{"beat":"'.length;

export const holderText = (holder: Holder): string =>
  `${JSON.stringify({ beat: '0'.repeat(DIGITS), ...holder, since: new Date().toISOString() })}\n`;

/** Writes the number of a heart-beat into a lock file whose text begins with that of {@link holderText}. */
export function writeBeat(handle: number, beat: number): void {
  writeSync(handle, String(beat).padStart(DIGITS, '0'), BEAT_AT);
}

/** Undefined for text that is not a lock, such as that of a process killed while it wrote. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value !== 'object' || value === null || typeof value.host !== 'string') return undefined;
    if (typeof value.pid !== 'number') return undefined;
    return { ...value, osLock: value.osLock === true } as Holder;
  } catch {
    return undefined;
  }
}

/** The text of a lock file; undefined where there is none. */
// Opened each time: a network file system asks its server only when a file is opened.
export function readLock(file: string): string | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    return readHandle(handle);
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

export function readHandle(handle: number): string {
  const bytes = Buffer.alloc(4096);
  return bytes.toString('utf8', 0, readSync(handle, bytes, 0, bytes.length, 0));
}

/** Makes the process with this token the holder that the file names. */
export function writeHolder(handle: number, token: string, osLock: boolean): void {
  const text = holderText({ ...thisMachine(), token, pid: process.pid, osLock });
  ftruncateSync(handle, 0);
  writeSync(handle, text, 0);
}

/** Whether the open file is still the one of that name. */
export function isSameFile(handle: number, file: string): boolean {
  const now = statSync(file, { bigint: true, throwIfNoEntry: false });
  const open = fstatSync(handle, { bigint: true });
  return now !== undefined && now.ino === open.ino && now.dev === open.dev;
}
