import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { KdxError } from '../errors/kdx-error.js';
import type { RunEvent } from '../events/event-stream.js';
import { writeFailure } from '../weights/write-failure.js';

/** `events.jsonl`: what happened in a run, one JSON object per line. */
export class EventLog {
  #handle: number | undefined;

  constructor(
    readonly file: string,
    /** Called before each write; what it throws is thrown by {@link append}. */
    private readonly confirm: () => void = () => {},
  ) {}

  /** @throws KdxError `KDX_WRITE_FAILED`, `KDX_RUN_LOST` */
  append(event: RunEvent): void {
    this.confirm();
    try {
      this.#handle ??= openSync(this.file, 'a');
      writeSync(this.#handle, `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
    } catch (cause) {
      throw writeFailure(this.file, cause);
    }
  }

  /** Drops what came after the checkpoint of `step`: what a killed run did later did not happen. */
  cutAfter(step: number): void {
    this.close();
    if (!existsSync(this.file)) return;
    const bytes = readFileSync(this.file);
    let kept = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, kept)) {
      if (isAfter(parseEvent(bytes.toString('utf8', kept, end), this.file), step)) break;
      kept = end + 1;
    }
    // Also the half line of a run that was killed while it wrote.
    if (kept < bytes.length) truncateSync(this.file, kept);
  }

  /** What is in the log, in order. @throws KdxError `KDX_RUN_BROKEN` for a line that is not JSON */
  all(): RunEvent[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => parseEvent(line, this.file));
  }

  /** Seconds of the epochs that are in the log. */
  epochSeconds(): number {
    return this.all().reduce((seconds, event) => seconds + (event.type === 'epoch' ? event.seconds : 0), 0);
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}

/** @throws KdxError `KDX_RUN_BROKEN` */
export function parseEvent(line: string, file: string): RunEvent {
  try {
    return JSON.parse(line) as RunEvent;
  } catch (cause) {
    throw new KdxError('KDX_RUN_BROKEN', `${file} has a line that is not JSON; remove that line to go on.`, {
      cause,
    });
  }
}

/** Events are in order, and those of the step itself are before its checkpoint, but for how a run ends. */
function isAfter(event: RunEvent, step: number): boolean {
  if (!('step' in event)) return false;
  if (event.step !== step) return event.step > step;
  const ends = event.type === 'error' || event.type === 'run-end';
  return ends || (event.type === 'evaluation' && event.split === 'test');
}
