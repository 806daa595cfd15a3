import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { KdxError, type RunEvent } from '@kdx/core';

const KDX = fileURLToPath(new URL('../../bin/kdx.js', import.meta.url));

/**
 * `kdx run` in a process of its own, told as events. A run that ends its process, or its memory, ends no other.
 * @param signal asks the run to save and stop
 * @throws KdxError the run's own, by code; `KDX_RUN_KILLED` for one that was ended from outside
 */
export async function runChild(
  args: readonly string[],
  { onEvent, signal }: { readonly onEvent: (event: RunEvent) => void; readonly signal: AbortSignal },
): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, KDX, 'run', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NO_COLOR: '1' },
  }) as ChildProcessByStdio<null, Readable, Readable>;
  // Ctrl-C in a terminal reaches the child too, and twice would end it at once; losing its channel counts but once.
  const stop = (): void => {
    if (child.connected) child.disconnect();
  };
  signal.addEventListener('abort', stop);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-4000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) onEvent(JSON.parse(line) as RunEvent);
  });
  try {
    // Not `close`, which never comes once the channel was given up.
    const exit = new Promise<number | string>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, killed) => resolve(code ?? killed ?? 'unknown'));
    });
    const [ended] = await Promise.all([exit, finished(child.stdout), finished(child.stderr)]);
    if (ended === 0) return;
    const [, code, message] = /^(KDX_\w+) (.*)$/m.exec(complaint) ?? [];
    if (code !== undefined) throw new KdxError(code, message);
    throw new KdxError(
      'KDX_RUN_KILLED',
      `The run ended with ${ended}: ${complaint.trim() || 'it said nothing'}`,
    );
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
