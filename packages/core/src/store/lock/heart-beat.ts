import { Worker } from 'node:worker_threads';
import type { HeldLock } from './heart-beat-worker.js';

/** Milliseconds for which the thread is kept when nothing is held, for the next lock. */
const IDLE = 10_000;

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
const held = new Set<string>();

/**
 * Keeps a lock's heart beating until {@link endBeat}. In a thread of its own: a step may block the main thread for minutes,
 * in which no timer of it fires.
 */
export function beginBeat(file: string, token: string, beatMs: number): void {
  held.add(file);
  clearTimeout(idle);
  if (!worker) {
    // Without what the user preloads into Node, which is meant for the program and may be slow.
    const started = new Worker(new URL('./heart-beat-worker.js', import.meta.url), { execArgv: [] });
    // Without beats other machines have to be told by a person; on this one the operating system's lock decides.
    started.on('error', () => {});
    started.unref();
    worker = started;
  }
  worker.postMessage({ file, token, beatMs } satisfies HeldLock);
}

export function endBeat(file: string): void {
  held.delete(file);
  worker?.postMessage({ file, beatMs: 0 } satisfies HeldLock);
  if (held.size > 0) return;
  idle = setTimeout(() => {
    void worker?.terminate();
    worker = undefined;
  }, IDLE).unref();
}
