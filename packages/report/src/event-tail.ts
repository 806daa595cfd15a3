import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { RunEvent } from '@kdx/core';

/** An event as it stands in `events.jsonl`. */
export type TimedEvent = RunEvent & { readonly time?: string };

/** What came to a log since it was last read. */
export interface TailedEvents {
  readonly events: readonly TimedEvent[];
  /** True when the log is not the one that was read before, so that `events` are all there are. */
  readonly anew: boolean;
}

const CHUNK = 1 << 20;
const NEWLINE = 10;

/**
 * Reads a growing `events.jsonl` from where it stopped the last time. A resumed run cuts its log back to a checkpoint: that
 * is noticed by the last line that was read, which is then not where it was.
 */
export class EventTail {
  /** Numbers of the lines that are no events, counted from 1. */
  readonly damaged: number[] = [];
  #offset = 0;
  #lines = 0;
  /** The last whole line, which ends before {@link #offset}. */
  #last = Buffer.alloc(0);
  #rest = Buffer.alloc(0);

  constructor(readonly file: string) {}

  /** Whether the log ends in half a line: one that is being written, or that a killed run left. */
  get cutOff(): boolean {
    return this.#rest.length > 0;
  }

  /** What is new. A log that does not exist yet has nothing. */
  read(): TailedEvents {
    let handle: number;
    try {
      handle = openSync(this.file, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      const anew = this.#offset > 0;
      if (anew) this.#forget();
      return { events: [], anew };
    }
    try {
      const anew = this.#offset > 0 && !this.#isSame(handle);
      if (anew) this.#forget();
      return { events: this.#readFrom(handle), anew };
    } finally {
      closeSync(handle);
    }
  }

  #forget(): void {
    this.#offset = 0;
    this.#lines = 0;
    this.#last = Buffer.alloc(0);
    this.#rest = Buffer.alloc(0);
    this.damaged.length = 0;
  }

  #isSame(handle: number): boolean {
    if (fstatSync(handle).size < this.#offset + this.#rest.length) return false;
    const there = Buffer.alloc(this.#last.length);
    readSync(handle, there, 0, there.length, this.#offset - there.length);
    return there.equals(this.#last);
  }

  #readFrom(handle: number): TimedEvent[] {
    const events: TimedEvent[] = [];
    // What was half a line is read again: it may have been replaced by another.
    this.#rest = Buffer.alloc(0);
    const chunk = Buffer.alloc(CHUNK);
    let at = this.#offset;
    for (;;) {
      const count = readSync(handle, chunk, 0, CHUNK, at);
      if (count === 0) return events;
      at += count;
      const bytes = Buffer.concat([this.#rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        this.#take(bytes.subarray(start, end + 1), events);
        start = end + 1;
      }
      this.#rest = Buffer.from(bytes.subarray(start));
    }
  }

  #take(line: Buffer, events: TimedEvent[]): void {
    this.#lines += 1;
    this.#offset += line.length;
    this.#last = Buffer.from(line);
    const text = line.toString('utf8').trim();
    if (text === '') return;
    const event = parse(text);
    if (event) events.push(event);
    else this.damaged.push(this.#lines);
  }
}

function parse(text: string): TimedEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && typeof (value as TimedEvent).type === 'string'
      ? (value as TimedEvent)
      : undefined;
  } catch {
    // Damage is counted, and said on the page.
    return undefined;
  }
}
