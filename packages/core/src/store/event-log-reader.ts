import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { RunEvent } from '../events/event-stream.js';
import { parseEvent } from './event-log.js';

/** An event as `events.jsonl` keeps it. */
export type LoggedEvent = RunEvent & {
  /** ISO 8601. */
  readonly time: string;
};

/**
 * Reads `events.jsonl` as it grows. What observes a run by it is right after a resume too, which cuts the file back to the
 * checkpoint: rewind at `run-start`.
 */
export class EventLogReader {
  #position = 0;
  /** Whole lines before {@link #position}. */
  #lines = 0;

  constructor(readonly file: string) {}

  /** The next call of {@link next} reads from the start again. */
  rewind(): void {
    this.#position = 0;
    this.#lines = 0;
  }

  /**
   * Whole lines since the last call; none where there is no file.
   * @throws KdxError `KDX_RUN_BROKEN` for a line that is not an event
   */
  next(): LoggedEvent[] {
    const bytes = this.#rest();
    const end = bytes.lastIndexOf(10) + 1;
    const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
    const events = lines.flatMap((line, index) =>
      line === '' ? [] : [parseEvent(line, this.file, this.#lines + index + 1) as LoggedEvent],
    );
    this.#position += end;
    this.#lines += lines.length;
    return events;
  }

  #rest(): Buffer {
    let handle: number;
    try {
      handle = openSync(this.file, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - this.#position));
      let filled = 0;
      while (filled < bytes.length) {
        const read = readSync(handle, bytes, filled, bytes.length - filled, this.#position + filled);
        if (read === 0) break;
        filled += read;
      }
      return bytes.subarray(0, filled);
    } finally {
      closeSync(handle);
    }
  }
}
