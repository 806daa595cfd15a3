import { compose, type RunSpec } from './compose/compose.js';
import type { Composition } from './compose/composition.js';
import { register } from './compose/container.js';
import type { RunSummary } from './contracts/summary.js';
import { COMPOSITION, EVENT_STREAM, RUN_NAME, RUN_STORE } from './contracts/tokens.js';
import { EventStream, type RunEvent } from './events/event-stream.js';
import type { RunStore } from './store/run-store.js';
import { Trainer } from './train/trainer.js';

export interface CreateRunOptions extends Omit<RunSpec, 'onLog'> {
  /** Shown in logs and written to the summary. */
  readonly name: string;
  /** Where it is kept; without one nothing is written and nothing can be resumed. */
  readonly store?: RunStore;
}

/** A wired run. */
export interface Run {
  readonly composition: Composition;
  readonly events: EventStream;
  /** Trains to the end, from the last checkpoint if the store has one. */
  fit(options?: { readonly signal?: AbortSignal }): Promise<RunSummary>;
  /** Frees its models; a run is not usable afterwards. */
  dispose(): Promise<void>;
}

/** Wires a run and resolves its Trainer from the run's own container. */
export async function createRun({ name, store, ...spec }: CreateRunOptions): Promise<Run> {
  const events = new EventStream();
  const early: RunEvent[] = [];
  const composition = await compose({
    ...spec,
    onLog: (source, message) => {
      const event: RunEvent = { type: 'log', step: 0, source, message };
      if (events.listenerCount('event') > 0) events.send(event);
      else early.push(event);
    },
  });
  const { container, hooks } = composition;
  register(container, COMPOSITION, composition);
  register(container, EVENT_STREAM, events);
  register(container, RUN_STORE, store);
  register(container, RUN_NAME, name);
  const trainer = container.resolve(Trainer);
  return {
    composition,
    events,
    fit: (options) => {
      for (const event of early.splice(0)) events.send(event);
      return trainer.fit(options);
    },
    dispose: async () => {
      try {
        await hooks.series('close');
      } finally {
        trainer.dispose();
        composition.dispose();
        store?.close();
        await container.dispose();
      }
    },
  };
}
