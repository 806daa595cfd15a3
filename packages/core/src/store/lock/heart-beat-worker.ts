import { closeSync, openSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { parseHolder, readHandle, writeBeat } from './lock-file.js';

/** From the main thread: hold this lock from now on, or, without a token, no longer. */
export interface HeldLock {
  readonly file: string;
  readonly token?: string;
  readonly beatMs: number;
}

const timers = new Map<string, NodeJS.Timeout>();

parentPort?.on('message', ({ file, token, beatMs }: HeldLock) => {
  clearInterval(timers.get(file));
  timers.delete(file);
  if (token === undefined) return;
  let beat = 0;
  timers.set(
    file,
    setInterval(() => {
      beat += 1;
      pulse(file, token, beat);
    }, beatMs),
  );
});

/** Shows other machines that this process is there; does nothing to a lock that another process has taken. */
function pulse(file: string, token: string, beat: number): void {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r+');
    if (parseHolder(readHandle(handle))?.token === token) writeBeat(handle, beat);
  } catch {
    // The file is gone or its disk is away: the main thread finds out when it next writes.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
