import { setImmediate } from 'node:timers/promises';
import { currentPlugin } from '@kdx/core/errors';
import { isKdxError, KdxError, messageOf } from '@kdx/tensor/errors';
import { kdxError } from '../errors.js';
import { foreignFile } from './foreign-files.js';
import { complain, exitNow, leaving, redirectOutput } from './own-process.js';

/** Events of the process that kdx listens to; a plugin's removeAllListeners() leaves them alone. */
const KEPT: readonly (string | symbol)[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'disconnect',
  'exit',
  'unhandledRejection',
];

let fault: { readonly error: unknown } | undefined;
const listeners = new Set<(error: KdxError) => void>();
let failAtOnce: (error: unknown) => void = () => {};
const unclaimed = new Promise<never>((_, reject) => {
  failAtOnce = reject;
});
unclaimed.catch(() => {});

/**
 * Makes the process kdx's own for the whole of a command: what plugins print goes to stderr, what they throw outside of
 * every call, and their attempts to end the process, end the command with one error. Only the command line does this; in a
 * program that calls `distill()` the process is the caller's.
 */
export function guardProcess(): void {
  redirectOutput();
  process.setUncaughtExceptionCaptureCallback(stray);
  process.on('unhandledRejection', stray);
  process.on('exit', endedEarly);
  const { reallyExit } = process as unknown as { reallyExit: (code: number) => never };
  Object.assign(process, {
    exit: (code?: unknown) => refuseEnd(`process.exit(${code ?? ''})`),
    abort: () => refuseEnd('process.abort()'),
    // Every way to end goes through this one at last, kdx's own too.
    reallyExit: (code: number) => {
      const ours = leaving();
      return ours === undefined ? refuseEnd(`process.reallyExit(${code})`) : reallyExit.call(process, ours);
    },
    chdir: (folder: unknown) =>
      refuse(
        `called process.chdir(${JSON.stringify(folder)}), under which the paths of the run would change; use absolute paths`,
      ),
  });
  const { removeAllListeners } = process;
  process.removeAllListeners = ((event?: string | symbol) => {
    const events = event === undefined ? process.eventNames() : [event];
    for (const each of events) if (!KEPT.includes(each)) removeAllListeners.call(process, each as never);
    return process;
  }) as typeof removeAllListeners;
}

/**
 * What a command gives, unless a plugin has thrown outside of every call or tried to end the process.
 * @throws what the command throws, or the plugin's fault
 */
export async function untilFault<T>(command: Promise<T>): Promise<T> {
  const settled = Promise.race([command, unclaimed]).then(async (value) => {
    // Node reports a promise that nobody awaits only after this turn of the event loop.
    await setImmediate();
    return value;
  });
  const done = await settled.catch((error: unknown) => {
    // A command that was asked to stop because of a fault may tell of the stop.
    if (fault !== undefined && isKdxError(error) && error.code === 'KDX_INTERRUPTED') throw fault.error;
    throw error;
  });
  if (fault !== undefined) throw fault.error;
  return done;
}

/**
 * Gives a fault to someone who ends the command in good order; without a listener the command fails at once.
 * @returns stops listening
 */
export function onFault(listener: (error: KdxError) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The first fault counts: the others mostly follow from it. */
function report(error: unknown): void {
  if (fault !== undefined) return;
  fault = { error };
  if (isKdxError(error) && listeners.size > 0) for (const listener of listeners) listener(error);
  else failAtOnce(error);
}

/** Something was thrown where nobody called: in a timer, an event, a promise that nobody awaits. */
function stray(error: unknown): void {
  if (isKdxError(error)) {
    report(error);
    return;
  }
  const file = foreignFile(error);
  const plugin = currentPlugin() ?? file?.plugin;
  if (plugin === undefined && file === undefined) {
    report(error);
    return;
  }
  const who = plugin === undefined ? 'A plugin or program of this run' : `Plugin "${plugin}"`;
  const where = file?.place === undefined ? '' : ` (${file.place})`;
  report(
    kdxError(
      'KDX_PLUGIN_STRAY',
      `${who} failed outside of its hooks, in a timer, an event or a promise that nothing awaits: ${messageOf(error)}${where}; handle the error there.`,
      { cause: error },
    ),
  );
}

function refuseEnd(call: string): void {
  // In a listener of "exit" it would change how kdx ends.
  if (leaving() !== undefined) return;
  refuse(`called ${call}, which would end the run; throw an error instead`);
}

function refuse(what: string): never {
  const plugin = currentPlugin() ?? foreignFile(new Error())?.plugin;
  const who = plugin === undefined ? 'A plugin or program of this run' : `Plugin "${plugin}"`;
  const error = kdxError('KDX_PLUGIN_EXIT', `${who} ${what}.`);
  report(error);
  throw error;
}

/** Node ends a process that has nothing left to wait for, also where something waits for a promise. */
function endedEarly(): void {
  if (leaving() !== undefined) return;
  complain(
    'KDX_PLUGIN_EXIT The process ended before the command was done; a plugin or program of this run waits for a promise that is never resolved.',
  );
  exitNow(3);
}
