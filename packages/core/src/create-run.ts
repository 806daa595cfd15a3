import { compose, type RunSpec } from './compose/compose.js';
import type { Composition } from './compose/composition.js';
import { register } from './compose/container.js';
import type { RunSummary } from './contracts/summary.js';
import { COMPOSITION, EVENT_STREAM, RUN_NAME, RUN_STORE } from './contracts/tokens.js';
import type { EventStream, RunEvent } from './events/event-stream.js';
import type { RunStore } from './store/run-store.js';
import { RunEvents } from './train/run-events.js';
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
  const events = new RunEvents();
  // What plugins say while they are set up waits for those who listen once the run begins.
  const early: RunEvent[] = [];
  let begun = false;
  const composition = await compose({
    ...spec,
    onLog: (source, message) => {
      const event: RunEvent = { type: 'log', step: events.step, source, message };
      if (begun) events.send(event);
      else early.push(event);
    },
  });
  const { container, hooks } = composition;
  let disposal: Promise<void> | undefined;
  const dispose = async (trainer?: Trainer): Promise<void> => {
    const failures = await hooks.all('close');
    trainer?.dispose();
    composition.dispose();
    store?.close();
    await container.dispose();
    if (failures.length > 0) throw failures[0];
  };
  register(container, COMPOSITION, composition);
  register(container, EVENT_STREAM, events);
  register(container, RUN_STORE, store);
  register(container, RUN_NAME, name);
  let trainer: Trainer;
  try {
    trainer = container.resolve(Trainer);
  } catch (error) {
    // The error of a part that cannot be made is the one to tell, whatever else fails on the way out.
    await dispose().catch(() => {});
    throw error;
  }
  return {
    composition,
    events,
    fit: (options) => {
      begun = true;
      return trainer.fit({ ...options, log: early.splice(0) });
    },
    dispose: () => {
      disposal ??= dispose(trainer);
      return disposal;
    },
  };
}
