import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFailure } from '@kdx/tensor';
import { kdxError } from '../../errors.js';
import { beginBeat, endBeat } from './heart-beat.js';
import { heldBy, lostTo, UndecidedLock } from './lock-errors.js';
import { type Holder, isSameFile, parseHolder, readHandle, readLock, writeHolder } from './lock-file.js';
import { isThisMachine, thisMachine } from './machine.js';
import { type OsLock, osLock } from './os-lock.js';

/** How a lock tells the living from the dead; for tests. */
export interface LockTiming {
  /** Milliseconds between two heart-beats. Default 5000. */
  readonly beatMs?: number;
  /** Beats that must fail to come before a holder on another machine counts as dead. Default 18, a minute and a half. */
  readonly silentBeats?: number;
  /** Default the operating system's. */
  readonly osLock?: OsLock;
}

export interface ClaimOptions {
  readonly signal?: AbortSignal;
  /** Called before {@link RunLock.claim} waits for heart-beats, with a sentence for a person. */
  readonly onWait?: (message: string) => void;
}

/** Tries while others look at the lock. */
const TRIES = 50;
/** Milliseconds in which two machines that took one lock at once both see whose name stayed in it. */
const SETTLE = 300;

const held = new Set<RunLock>();
// process.exit() in a plugin, or a second Ctrl-C, must not leave the file; its content alone would do no harm.
const releaseAll = (): void => {
  for (const lock of held) lock.release();
};

/**
 * Keeps two processes from writing one folder. Two things decide together:
 *
 * - The operating system's lock of the file. It dies with its process, whatever kills that, and lives as long as it: a
 *   blocked, stopped or suspended process keeps it. Process numbers play no part, so containers can share a folder.
 * - A heart-beat in the file, for other machines on a shared disk, which may not see that lock. A holder counts as dead when
 *   its beat has stood still while the observer looked many times; no clock is compared with another machine's.
 *
 * A machine that was suspended while another took its folder over finds out by {@link confirm} before it writes.
 */
export class RunLock {
  #handle: number | undefined;
  #token: string | undefined;
  /** Absolute: a plugin may change the working folder. */
  readonly #path: string;
  readonly #beatMs: number;
  readonly #silentBeats: number;
  readonly #osLock: OsLock;

  constructor(
    private readonly file: string,
    private readonly directory: string,
    timing: LockTiming = {},
  ) {
    this.#path = resolve(file);
    this.#beatMs = timing.beatMs ?? 5000;
    this.#silentBeats = timing.silentBeats ?? 18;
    this.#osLock = timing.osLock ?? osLock;
  }

  /**
   * Takes the lock, or refuses at once.
   * @param silent text of a lock file whose holder was found dead by its heart-beat
   * @throws KdxError `KDX_RUN_BUSY`, `KDX_WRITE_FAILED`
   */
  acquire(silent?: string): void {
    if (this.#token !== undefined) return;
    for (let tries = 0; ; ) {
      const { handle, fresh } = this.#open();
      if (handle === undefined) continue;
      let taken = false;
      try {
        const state = this.#osLock(handle, 'exclusive');
        if (state === 'held') {
          // A shared lock tells a holder from someone who only looks, which takes microseconds.
          tries += 1;
          if (tries === TRIES || this.#osLock(handle, 'shared') !== 'got')
            throw heldBy(parseHolder(readHandle(handle)), this.directory, this.file);
          pause(1 + 4 * Math.random());
          continue;
        }
        // Whoever held it before may have removed the file since it was opened.
        if (!isSameFile(handle, this.#path)) continue;
        taken = this.#take(handle, state === 'got', fresh ? undefined : readHandle(handle), silent);
        return;
      } finally {
        if (!taken) closeSync(handle);
      }
    }
  }

  /**
   * Takes the lock, if need be after listening for the heart-beat of a holder on another machine.
   * @throws KdxError `KDX_RUN_BUSY` when a beat comes, `KDX_INTERRUPTED`, `KDX_WRITE_FAILED`
   */
  async claim({ signal, onWait }: ClaimOptions = {}): Promise<void> {
    try {
      this.acquire();
    } catch (error) {
      if (!(error instanceof UndecidedLock) || error.holder?.token === undefined) throw error;
      const { holder, text } = error;
      const seconds = Math.ceil((this.#beatMs * this.#silentBeats) / 1000);
      onWait?.(
        `${this.file} is of process ${holder.pid} on ${holder.host}; listening up to ${seconds} s whether it still runs.`,
      );
      for (let beats = 0; beats < this.#silentBeats; beats++) {
        await sleep(this.#beatMs, undefined, { signal }).catch(() => {
          throw kdxError('KDX_INTERRUPTED', `Interrupted while waiting for ${this.file}.`);
        });
        const now = readLock(this.#path);
        if (now === undefined) break;
        if (now !== text) throw heldBy(parseHolder(now), this.directory, this.file);
      }
      this.acquire(text);
    }
  }

  /** Whether a process holds it, as far as this machine can tell: a holder elsewhere is trusted to be alive. */
  isHeld(): boolean {
    if (this.#token !== undefined) return true;
    let handle: number;
    try {
      handle = openSync(this.#path, 'r');
    } catch {
      return false;
    }
    try {
      const state = this.#osLock(handle, 'shared');
      return state === 'held' || this.#fateOf(parseHolder(readHandle(handle)), state === 'got') !== 'dead';
    } finally {
      closeSync(handle);
    }
  }

  /**
   * Makes sure, before something is written, that the lock is still this process's. One that someone deleted is made again.
   * @throws KdxError `KDX_RUN_LOST`
   */
  confirm(): void {
    if (this.#token === undefined) return;
    const holder = parseHolder(readLock(this.#path) ?? '');
    if (holder?.token === this.#token) return;
    this.#drop();
    if (holder !== undefined) throw lostTo(holder, this.directory, this.file);
    try {
      this.acquire();
    } catch {
      throw lostTo(parseHolder(readLock(this.#path) ?? ''), this.directory, this.file);
    }
  }

  release(): void {
    if (this.#token === undefined) return;
    // Removed before it is unlocked: who opened it meanwhile finds out that it is no longer the file of that name.
    if (parseHolder(readLock(this.#path) ?? '')?.token === this.#token) rmSync(this.#path, { force: true });
    this.#drop();
  }

  #open(): { handle: number | undefined; fresh: boolean } {
    for (const [flags, fresh] of [
      ['wx+', true],
      ['r+', false],
    ] as const) {
      try {
        return { handle: openSync(this.#path, flags), fresh };
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code !== (fresh ? 'EEXIST' : 'ENOENT')) throw writeFailure(this.file, cause);
      }
    }
    // Removed between the two; the next try makes it.
    return { handle: undefined, fresh: false };
  }

  #take(handle: number, locked: boolean, text: string | undefined, silent: string | undefined): true {
    const holder = parseHolder(text ?? '');
    const fate = text === undefined ? 'dead' : this.#fateOf(holder, locked);
    if (fate !== 'dead' && text !== silent)
      throw new UndecidedLock(holder, text ?? '', this.directory, this.file);
    const token = randomUUID();
    try {
      writeHolder(handle, token, locked);
    } catch (cause) {
      if (text === undefined) rmSync(this.#path, { force: true });
      throw writeFailure(this.file, cause);
    }
    if (fate !== 'dead') {
      pause(SETTLE);
      const now = parseHolder(readLock(this.#path) ?? '');
      if (now?.token !== token) throw heldBy(now, this.directory, this.file);
    }
    this.#handle = handle;
    this.#token = token;
    if (held.size === 0) process.on('exit', releaseAll);
    held.add(this);
    beginBeat(this.#path, token, this.#beatMs);
    return true;
  }

  /** Of a holder whose lock the operating system, where it was asked, gave to us. */
  #fateOf(holder: Holder | undefined, locked: boolean): 'dead' | 'unknown' {
    // Half a lock is that of a process that was killed while it took it.
    if (holder === undefined) return locked ? 'dead' : 'unknown';
    // Of an earlier kdx, which knows no lock of the operating system: if that still runs, the lock is free and yet held.
    if (holder.token === undefined) {
      const other = holder.pid !== process.pid && isRunning(holder.pid);
      return locked && holder.host === thisMachine().host && !other ? 'dead' : 'unknown';
    }
    if (!isThisMachine(holder)) return 'unknown';
    if (locked && holder.osLock) return 'dead';
    const { boot, pids } = thisMachine();
    if (holder.boot !== boot) return 'dead';
    return holder.pids === pids && !isRunning(holder.pid) ? 'dead' : 'unknown';
  }

  #drop(): void {
    endBeat(this.#path);
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
    this.#token = undefined;
    held.delete(this);
    if (held.size === 0) process.off('exit', releaseAll);
  }
}

function isRunning(pid: number): boolean {
  // 0 and below stand for groups of processes, the own among them.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const pause = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};
