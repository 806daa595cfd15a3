import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type RunEvent } from '@kdx/core';
import { KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { EXIT } from '../terminal/fail.js';

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
  let failure: Extract<RunEvent, { type: 'error' }> | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-4000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = eventIn(line);
    if (event?.type === 'error') failure = event;
    if (event) onEvent(event);
  });
  try {
    // Not `close`, which never comes once the channel was given up.
    const exited = new Promise<number | string>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, killed) => resolve(code ?? killed ?? 'unknown'));
    });
    const [ended] = await Promise.all([exited, finished(child.stdout), finished(child.stderr)]);
    if (ended === 0) return;
    const exit = ended === EXIT.usage ? 'usage' : 'failure';
    if (failure) throw new KdxError(failure.code, failure.message, { exit });
    // The last line with a code: before it may be warnings, and what plugins print.
    const [, code, message] = [...complaint.matchAll(/^(KDX_\w+) (.*)$/gm)].at(-1) ?? [];
    if (code !== undefined) throw new KdxError(code, message, { exit });
    throw kdxError('KDX_RUN_KILLED', `The run ended with ${ended}: ${complaint.trim() || 'it said nothing'}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Fields of the events that a comparison shows, by type. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  'run-start': ['resumedAt', 'steps'],
  step: ['epoch', 'loss', 'imagesPerSecond'],
  'run-end': ['seconds'],
};

/**
 * The event of a line. Anything else is a plugin's, which may write past kdx to the same file descriptor, and must not
 * end a run or a comparison.
 */
export function eventIn(line: string): RunEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null || !('type' in event)) return undefined;
  const fields = event as Record<string, unknown> & { readonly type: unknown };
  const { type } = fields;
  if (typeof type !== 'string') return undefined;
  const numbers = Object.hasOwn(SHOWN, type) ? SHOWN[type] : [];
  if (!numbers.every((field) => typeof fields[field] === 'number' || fields[field] === null))
    return undefined;
  const heads = fields.heads as { readonly fused?: { readonly images?: unknown } } | undefined;
  if (type === 'evaluation' && typeof heads?.fused?.images !== 'number') return undefined;
  if (
    (type === 'warning' || type === 'error') &&
    !(typeof fields.code === 'string' && typeof fields.message === 'string')
  )
    return undefined;
  return event as RunEvent;
}
