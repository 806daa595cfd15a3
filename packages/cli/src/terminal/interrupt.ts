import { onFault } from '../process/guard.js';
import { exitNow } from '../process/own-process.js';
/** How a person, or a parent process, asks a command to end. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

const INTERRUPTED = 130;

/** Ctrl-C, `kill`, and the end of a terminal or an ssh connection. Node takes back what `nohup` set for the last. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds in which a terminal that closes may send several signals, from its shell, the system and a service manager. */
const ONE_HANGUP = 1000;

/**
 * Listens for {@link SIGNALS}, and for the end of the channel to a parent such as "kdx bench", also one that ended before. A
 * second signal leaves at once. A plugin's fault outside of every call aborts it too, with that error as its reason.
 * @param say tells a person that the first was heard
 */
export function listenForInterrupt(say: () => void): Interrupt {
  const controller = new AbortController();
  let first: { readonly name: NodeJS.Signals; readonly at: number } | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    const at = performance.now();
    if (first !== undefined) {
      const hangup = name === 'SIGHUP' || first.name === 'SIGHUP';
      if (hangup && at - first.at < ONE_HANGUP) return;
      exitNow(INTERRUPTED);
    }
    first = { name, at };
    controller.abort();
    say();
  };
  const onOrphaned = (): void => controller.abort();
  const forget = onFault((error) => controller.abort(error));
  for (const name of SIGNALS) process.on(name, onSignal);
  process.on('disconnect', onOrphaned);
  // Undefined without a channel; false where the parent was gone before anything listened.
  if (process.connected === false) onOrphaned();
  return {
    signal: controller.signal,
    release: () => {
      forget();
      for (const name of SIGNALS) process.off(name, onSignal);
      process.off('disconnect', onOrphaned);
    },
  };
}

/** The first process of a container ignores signals that nothing listens for; this lets them end every command there. */
export function endBySignals(): void {
  if (process.pid !== 1) return;
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) exitNow(INTERRUPTED);
    });
  }
}
