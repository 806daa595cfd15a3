import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { KdxError } from '../errors/kdx-error.js';
import { writeFailure } from '../weights/write-failure.js';

/** Keeps two processes from writing one run's folder. */
export class RunLock {
  #held = false;

  constructor(
    private readonly file: string,
    private readonly directory: string,
  ) {}

  /** @throws KdxError `KDX_RUN_BUSY` when the process that holds it is alive; one that died leaves it to the next. */
  acquire(): void {
    if (this.#held) return;
    try {
      this.#write();
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeFailure(this.file, cause);
    }
    const holder = read(this.file);
    if (holder && isAlive(holder)) {
      throw new KdxError(
        'KDX_RUN_BUSY',
        `${this.directory} is being written by process ${holder.pid} on ${holder.host}; wait for it, stop it, or choose another --out.`,
      );
    }
    rmSync(this.file, { force: true });
    this.#write();
  }

  /** Whether a process that is alive holds it. */
  isHeld(): boolean {
    const holder = read(this.file);
    return holder !== undefined && isAlive(holder);
  }

  release(): void {
    if (this.#held) rmSync(this.file, { force: true });
    this.#held = false;
  }

  #write(): void {
    const handle = openSync(this.file, 'wx');
    writeSync(handle, JSON.stringify({ pid: process.pid, host: hostname() }));
    closeSync(handle);
    this.#held = true;
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    // Half a lock is that of a process that was killed while it took it.
    return undefined;
  }
}

function isAlive({ pid, host }: Holder): boolean {
  // Whether a process of another machine lives cannot be asked; that it is there must be taken on trust.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
