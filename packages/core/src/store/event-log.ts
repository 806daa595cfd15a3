import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { fitJson, type KdxError, messageOf, parseJson, writeFailure } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { RunEvent } from '../events/event-stream.js';
import { eventSchema } from './event-schema.js';

// A plugin may put a clock of its own in place of the process's.
const RealDate = Date;
const { toISOString } = Date.prototype;
const now = (): string => toISOString.call(new RealDate());

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
      writeSync(this.#handle, `${JSON.stringify({ time: now(), ...event })}\n`);
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
    let line = 1;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, kept)) {
      if (isAfter(parseEvent(bytes.toString('utf8', kept, end), this.file, line), step)) break;
      kept = end + 1;
      line += 1;
    }
    // Also the half line of a run that was killed while it wrote.
    if (kept < bytes.length) truncateSync(this.file, kept);
  }

  /** What is in the log, in order. @throws KdxError `KDX_RUN_BROKEN` for a line that is not an event */
  all(): RunEvent[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n');
    return lines.flatMap((line, index) => (line === '' ? [] : [parseEvent(line, this.file, index + 1)]));
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

/**
 * The event on a line of the log.
 * @param number of the line, counted from 1
 * @throws KdxError `KDX_RUN_BROKEN` for a line that is not JSON, or JSON but not an event
 */
export function parseEvent(line: string, file: string, number: number): RunEvent {
  const broken = (why: string, cause?: unknown): KdxError =>
    kdxError(
      'KDX_RUN_BROKEN',
      `Line ${number} of ${file} is not an event that kdx writes (${why}); remove that line to resume the run.`,
      { cause },
    );
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (cause) {
    throw broken(messageOf(cause).replace(/^line 1, /, ''), cause);
  }
  fitJson(value, eventSchema(value), broken);
  return value as RunEvent;
}

/** Events are in order, and those of the step itself are before its checkpoint, but for how a run ends. */
function isAfter(event: RunEvent, step: number): boolean {
  if (!('step' in event)) return false;
  if (event.step !== step) return event.step > step;
  const ends = event.type === 'error' || event.type === 'run-end';
  return ends || (event.type === 'evaluation' && event.split === 'test');
}
