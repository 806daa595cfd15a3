import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KdxError } from '../errors/kdx-error.js';
import { writeFailure } from '../weights/write-failure.js';
import { EventLog } from './event-log.js';
import { type ClaimOptions, RunLock } from './lock/run-lock.js';
import { makeFolder } from './make-folder.js';
import { writeJson } from './write-whole.js';

/** A run's folder: `config.json`, `events.jsonl`, `checkpoints/`, `student.safetensors`, `summary.json`. */
export class RunStore {
  readonly events: EventLog;
  readonly #lock: RunLock;

  private constructor(readonly directory: string) {
    this.#lock = new RunLock(this.path('run.lock'), directory);
    this.events = new EventLog(this.path('events.jsonl'), () => this.confirm());
  }

  /**
   * Makes the folder of a new run.
   * @throws KdxError `KDX_RUN_EXISTS` when it holds a run, `KDX_WRITE_FAILED` when it cannot be written.
   */
  static create(directory: string): RunStore {
    const store = new RunStore(directory);
    store.refuseBegun();
    try {
      makeFolder(join(resolve(directory), 'checkpoints'));
    } catch (cause) {
      throw writeFailure(directory, cause);
    }
    return store;
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

  /** @throws KdxError `KDX_RUN_EXISTS` when the folder holds a run. */
  refuseBegun(): void {
    if (!existsSync(this.path('config.json'))) return;
    throw new KdxError(
      'KDX_RUN_EXISTS',
      `${this.directory} already holds a run; continue it with --resume ${this.directory} or choose another --out.`,
    );
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  checkpoint(name: 'last' | 'best'): string {
    return this.path('checkpoints', `${name}.safetensors`);
  }

  /** Whether the run has written this checkpoint. */
  hasCheckpoint(name: 'last' | 'best'): boolean {
    return existsSync(this.checkpoint(name));
  }

  /** Written beside and renamed, so a reader never sees half of it. */
  writeJson(file: string, value: unknown): void {
    this.confirm();
    writeJson(this.path(file), value);
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

  /** Claims the folder for writing, until {@link close}. @throws KdxError `KDX_RUN_BUSY`, `KDX_WRITE_FAILED` */
  lock(): void {
    this.#lock.acquire();
  }

  /**
   * As {@link lock}, but listens for the heart-beat of a holder on another machine before it refuses or takes over.
   * @throws KdxError `KDX_RUN_BUSY`, `KDX_WRITE_FAILED`, `KDX_INTERRUPTED`
   */
  claim(options?: ClaimOptions): Promise<void> {
    return this.#lock.claim(options);
  }

  /**
   * Makes sure that a folder which was locked still is, before something is written to it.
   * @throws KdxError `KDX_RUN_LOST` when another process took it over
   */
  confirm(): void {
    this.#lock.confirm();
  }

  /** Whether a process that is alive, of this machine or another, writes here. */
  isBusy(): boolean {
    return this.#lock.isHeld();
  }

  close(): void {
    this.events.close();
    this.#lock.release();
  }
}
