import { compose, type RunSpec } from './compose/compose.js';
import type { Composition } from './compose/composition.js';
import type { RunContainer } from './compose/run-container.js';
import {
  CLOCK,
  COMPOSITION,
  EVALUATOR,
  EVENT_SINK,
  EVENT_STREAM,
  RUN_NAME,
  RUN_STORE,
  TEACHER_CACHE,
} from './compose/tokens.js';
import type { Token } from './contracts/slot.js';
import type { RunStorage } from './contracts/storage.js';
import type { RunSummary } from './contracts/summary.js';
import type { EventStream, RunEvent } from './events/event-stream.js';
import { RunEvents } from './events/run-events.js';
import { runWarnings } from './explain/run-warnings.js';
import { TeacherCache, type TeacherCacheOptions } from './teacher-cache/teacher-cache.js';
import { RunClock } from './train/run-clock.js';
import { Scorer } from './train/scorer.js';
import { Trainer } from './train/trainer.js';

export interface CreateRunOptions extends Omit<RunSpec, 'onLog' | 'onSlowHook' | 'directory'> {
  /** Shown in logs and written to the summary. */
  readonly name: string;
  /** Where it is kept; without one nothing is written and nothing can be resumed. */
  readonly store?: RunStorage;
  /** Keeps teacher logits on disk, for this run and others, by the `TeacherCache` of `@kdx/core`. Default none. */
  readonly teacherCache?: TeacherCacheOptions;
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

/**
 * Wires a run and resolves its Trainer from the run's own container.
 * @throws KdxError what `compose` throws, `KDX_CACHE_DIRECTORY`
 */
export async function createRun({ name, store, teacherCache, ...spec }: CreateRunOptions): Promise<Run> {
  if (teacherCache) TeacherCache.checkDirectory(teacherCache);
  const events = new RunEvents();
  // What plugins say while they are set up waits for those who listen once the run begins.
  const early: RunEvent[] = [];
  let begun = false;
  const tell = (event: RunEvent): void => {
    if (begun) events.send(event);
    else early.push(event);
  };
  const composition = await compose({
    ...spec,
    directory: store?.directory,
    onLog: (source, message) => tell({ type: 'log', step: events.step, source, message }),
    onSlowHook: ({ message }) => tell({ type: 'warning', step: events.step, code: 'KDX_HOOK_SLOW', message }),
  });
  const { container, hooks } = composition;
  const cache =
    teacherCache && new TeacherCache({ ...teacherCache, composition, backend: spec.backend, events });
  let disposal: Promise<void> | undefined;
  const dispose = async (trainer?: Trainer): Promise<void> => {
    const failures = await hooks.all('close');
    trainer?.dispose();
    await cache?.close();
    composition.dispose();
    if (container.has(RUN_STORE)) container.get(RUN_STORE)?.close();
    store?.close();
    await container.dispose();
    if (failures.length > 0) throw failures[0];
  };
  container.provide(COMPOSITION, composition);
  container.provide(EVENT_STREAM, events);
  container.provide(RUN_NAME, name);
  container.provide(TEACHER_CACHE, cache);
  container.provide(CLOCK, new RunClock());
  provideUnlessHeld(container, RUN_STORE, () => store);
  provideUnlessHeld(container, EVENT_SINK, () => container.get(RUN_STORE)?.events);
  provideUnlessHeld(container, EVALUATOR, () => container.make(Scorer));
  let trainer: Trainer;
  try {
    for (const warning of runWarnings(composition)) early.push({ type: 'warning', step: 0, ...warning });
    trainer = container.make(Trainer);
  } catch (error) {
    // Report the original error even if cleanup fails too.
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

/** The default of a service that a plugin may have provided. */
function provideUnlessHeld<T>(container: RunContainer, token: Token<T>, make: () => T): void {
  if (!container.has(token)) container.provideBy(token, make);
}
