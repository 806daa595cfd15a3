import { createRequire } from 'node:module';

/** What asking the operating system for a lock found. `none`: it, or the file system, has no such locks. */
export type OsLockState = 'got' | 'held' | 'none';

/** Asks for the lock of an open file. It belongs to the handle, and goes when that is closed, at the latest with its process. */
export type OsLock = (handle: number, kind: 'exclusive' | 'shared') => OsLockState;

interface NativeLocks {
  tryLock(handle: number, offset: number, length: number, options: { shared: boolean }): boolean;
}

/** One byte far beyond the text: Windows lets nobody else read what is locked. */
const OFFSET = 2 ** 30;

let native: NativeLocks | null | undefined;

function load(): NativeLocks | null {
  try {
    return createRequire(import.meta.url)('fs-native-extensions') as NativeLocks;
  } catch {
    // No binary for this processor or system; heart-beats decide there.
    return null;
  }
}

/**
 * Open-file-description locks on Linux, `flock` on macOS, `LockFileEx` on Windows. A blocked or stopped process keeps its
 * lock, all containers of a machine see it, and on file systems with a lock server so do other machines.
 */
export const osLock: OsLock = (handle, kind) => {
  native ??= load();
  if (native === null) return 'none';
  const [offset, length] = process.platform === 'darwin' ? [0, 0] : [OFFSET, 1];
  try {
    return native.tryLock(handle, offset, length, { shared: kind === 'shared' }) ? 'got' : 'held';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EAGAIN' || code === 'EBUSY' || code === 'EACCES' ? 'held' : 'none';
  }
};
