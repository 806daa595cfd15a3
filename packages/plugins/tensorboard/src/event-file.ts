import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EventLogReader, type LoggedEvent } from '@kdx/core';
import { writeFailure } from '@kdx/tensor';
import { type EventMessage, encodeEvent, SESSION_START } from './event-proto.js';
import { record } from './record.js';
import { scalarsOf } from './scalars.js';

const PREFIX = 'events.out.tfevents.';
const SUFFIX = '.kdx';
const OURS = /^events\.out\.tfevents\.\d+\.kdx$/;

/** The event file of one run's folder. */
export class EventFile {
  readonly #log: EventLogReader;
  /** Undefined while no file is known to be what the log says, as at first: a resume may have cut the log. */
  #file: string | undefined;

  constructor(private readonly directory: string) {
    this.#log = new EventLogReader(join(directory, 'events.jsonl'));
  }

  /**
   * Brings the file up to the log.
   * @throws KdxError `KDX_WRITE_FAILED`; the next call begins another file
   */
  flush(): void {
    if (this.#file !== undefined) {
      this.#append(this.#file, this.#log.next().flatMap(recordsOf));
      return;
    }
    const file = join(this.directory, this.#newName());
    this.#log.rewind();
    this.#append(file, [...head(), ...this.#log.next().flatMap(recordsOf)]);
    this.#file = file;
    // It has all that the others had, and says so to a TensorBoard that reads them at this moment.
    for (const name of this.#names())
      if (name !== basename(file)) rmSync(join(this.directory, name), { force: true });
  }

  #append(file: string, records: readonly Buffer[]): void {
    try {
      appendFileSync(file, Buffer.concat(records), { flush: true });
    } catch (cause) {
      this.#file = undefined;
      throw writeFailure(file, cause);
    }
  }

  /** TensorBoard reads the files of a folder in the order of their names, which begin with a time. */
  #newName(): string {
    const taken = this.#names().map((name) => Number(name.slice(PREFIX.length, -SUFFIX.length)));
    const seconds = Math.max(Math.floor(Date.now() / 1000), ...taken.map((each) => each + 1));
    return `${PREFIX}${String(seconds).padStart(10, '0')}${SUFFIX}`;
  }

  #names(): string[] {
    return readdirSync(this.directory).filter((name) => OURS.test(name));
  }
}

const encoded = (message: EventMessage): Buffer => record(encodeEvent(message));

function head(): Buffer[] {
  const wallTime = Date.now() / 1000;
  return [
    encoded({ wallTime, fileVersion: 'brain.Event:2' }),
    encoded({ wallTime, step: 0, sessionLog: { status: SESSION_START } }),
  ];
}

function recordsOf(event: LoggedEvent): Buffer[] {
  const scalars = scalarsOf(event);
  if (!scalars) return [];
  const value = Object.entries(scalars.values).map(([tag, simpleValue]) => ({ tag, simpleValue }));
  return [encoded({ wallTime: Date.parse(event.time) / 1000, step: scalars.step, summary: { value } })];
}
