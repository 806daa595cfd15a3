import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { jsonObject, makeFolder, readJson, writeFailure, writeJson } from '@kdx/tensor';
import type { z } from 'zod';
import { kdxError } from '../errors.js';
import { EventLog } from './event-log.js';
import { type ClaimOptions, RunLock } from './lock/run-lock.js';

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

  /**
   * Opens the folder of a run that was begun.
   * @throws KdxError `KDX_RUN_MISSING`; `KDX_RUN_BROKEN` for a run whose `config.json` is gone
   */
  static open(directory: string): RunStore {
    if (!existsSync(join(directory, 'config.json'))) {
      refuseRemains(directory);
      throw kdxError(
        'KDX_RUN_MISSING',
        `${directory} holds no run (no config.json in it); give the folder of a run to --resume.`,
      );
    }
    return new RunStore(directory);
  }

  /** @throws KdxError `KDX_RUN_EXISTS` when the folder holds a run, `KDX_RUN_BROKEN` when it holds parts of one. */
  refuseBegun(): void {
    if (!existsSync(this.path('config.json'))) {
      refuseRemains(this.directory);
      return;
    }
    throw kdxError(
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

  /**
   * @param schema default: any object
   * @throws KdxError `KDX_RUN_BROKEN` when the file is not JSON, or does not fit the schema
   */
  readJson<T extends object>(file: string, schema: z.ZodType = jsonObject): T {
    return readJson(this.path(file), schema, (why, cause) =>
      kdxError(
        'KDX_RUN_BROKEN',
        `${this.path(file)} is not what kdx wrote (${why}); restore it from a copy, or start a new run with another --out.`,
        { cause },
      ),
    ) as T;
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

/** What a run leaves in its folder after `config.json`, which is written before all of them. */
const REMAINS = [
  'events.jsonl',
  join('checkpoints', 'last.safetensors'),
  join('checkpoints', 'best.safetensors'),
  'summary.json',
  'student.safetensors',
];

/**
 * A run that continued from these files would have other settings and another seed than the run that wrote them.
 * @throws KdxError `KDX_RUN_BROKEN`
 */
function refuseRemains(directory: string): void {
  const found = REMAINS.find((name) => existsSync(join(directory, name)));
  if (found === undefined) return;
  throw kdxError(
    'KDX_RUN_BROKEN',
    `${directory} has ${found} of a run whose config.json is missing, and its settings cannot be known; restore config.json, remove the folder, or choose another --out.`,
  );
}
