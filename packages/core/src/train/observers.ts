import type { KdxError } from '@kdx/tensor';
import type { HookDriver } from '../compose/hook-driver.js';
import type { EventSink } from '../contracts/event-sink.js';
import type { RunEvent } from '../events/event-stream.js';
import type { RunEvents } from '../events/run-events.js';

interface Watched {
  readonly events: RunEvents;
  readonly hooks: HookDriver;
  readonly sink: EventSink | undefined;
  /** Receives what an observer fails with. */
  readonly warn: (failure: KdxError) => void;
}

/** Records the events of a run in its sink and hands them to the plugins' `event` hooks, which the run does not wait for. */
export class Observers {
  /** Hooks that have not settled. */
  readonly #pending = new Set<Promise<void>>();
  readonly #reported = new Set<string>();

  constructor(private readonly watched: Watched) {}

  /** Returns what ends it. */
  start(): () => void {
    const { events, sink } = this.watched;
    const listener = (event: RunEvent): void => this.#observe(event);
    events.recorder = (event) => sink?.append(event);
    events.on('event', listener);
    return () => {
      events.recorder = undefined;
      events.off('event', listener);
    };
  }

  /** Settles when all hooks have. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #observe(event: RunEvent): void {
    const settled = this.watched.hooks
      .parallel('event', event)
      .then((failures) => {
        // An observer cannot change the run, so it cannot end it either; each failure is reported once.
        if (event.type === 'warning') return;
        for (const failure of failures) {
          if (!this.#reported.has(failure.message)) this.watched.warn(failure);
          this.#reported.add(failure.message);
        }
      })
      // A sink that rejects the warning fails the run at the next event of its own.
      .catch(() => {})
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }
}
