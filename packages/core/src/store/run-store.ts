import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { KdxError } from '../errors/kdx-error.js';
import type { RunEvent } from '../events/event-stream.js';
import { writeFailure } from '../weights/write-failure.js';

/** A run's folder: `config.json`, `events.jsonl`, `checkpoints/`, `student.safetensors`, `summary.json`. */
export class RunStore {
  #events: number | undefined;

  private constructor(readonly directory: string) {}

  /**
   * Makes the folder of a new run.
   * @throws KdxError `KDX_RUN_EXISTS` when it holds a run, `KDX_WRITE_FAILED` when it cannot be written.
   */
  static create(directory: string): RunStore {
    if (existsSync(join(directory, 'config.json'))) {
      throw new KdxError(
        'KDX_RUN_EXISTS',
        `${directory} already holds a run; continue it with --resume ${directory} or choose another --out.`,
      );
    }
    try {
      mkdirSync(join(directory, 'checkpoints'), { recursive: true });
    } catch (cause) {
      throw writeFailure(directory, cause);
    }
    return new RunStore(directory);
  }

  /** Opens the folder of a run that was begun. @throws KdxError `KDX_RUN_MISSING` */
  static open(directory: string): RunStore {
    if (!existsSync(join(directory, 'config.json'))) {
      throw new KdxError(
        'KDX_RUN_MISSING',
        `${directory} holds no run (no config.json in it); give the folder of a run to --resume.`,
      );
    }
    return new RunStore(directory);
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  checkpoint(name: 'last' | 'best'): string {
    return this.path('checkpoints', `${name}.safetensors`);
  }

  has(file: string): boolean {
    return existsSync(isAbsolute(file) ? file : this.path(file));
  }

  /** Written beside and renamed, so a reader never sees half of it. */
  writeJson(file: string, value: unknown): void {
    const target = this.path(file);
    const temporary = `${target}.tmp-${process.pid}`;
    try {
      writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { flush: true });
      renameSync(temporary, target);
    } catch (cause) {
      throw writeFailure(target, cause);
    }
  }

  /** @throws KdxError `KDX_RUN_BROKEN` when the file is not JSON. */
  readJson<T>(file: string): T {
    try {
      return JSON.parse(readFileSync(this.path(file), 'utf8')) as T;
    } catch (cause) {
      throw new KdxError(
        'KDX_RUN_BROKEN',
        `${this.path(file)} is not readable JSON; the run cannot be continued from it.`,
        { cause },
      );
    }
  }

  appendEvent(event: RunEvent): void {
    const file = this.path('events.jsonl');
    try {
      this.#events ??= openSync(file, 'a');
      writeSync(this.#events, `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
    } catch (cause) {
      throw writeFailure(file, cause);
    }
  }

  /** Bytes of `events.jsonl` so far, on the disk. */
  eventBytes(): number {
    if (this.#events !== undefined) fsyncSync(this.#events);
    const file = this.path('events.jsonl');
    return existsSync(file) ? statSync(file).size : 0;
  }

  /** Drops events after a checkpoint; what a killed run wrote later did not happen. */
  cutEvents(bytes: number): void {
    this.close();
    const file = this.path('events.jsonl');
    if (existsSync(file) && statSync(file).size > bytes) truncateSync(file, bytes);
  }

  /** Seconds of the epochs that are in `events.jsonl`. */
  secondsOfEpochs(): number {
    const file = this.path('events.jsonl');
    if (!existsSync(file)) return 0;
    let seconds = 0;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (!line.includes('"type":"epoch"')) continue;
      seconds += (JSON.parse(line) as { seconds: number }).seconds;
    }
    return seconds;
  }

  close(): void {
    if (this.#events !== undefined) closeSync(this.#events);
    this.#events = undefined;
  }
}
