import type * as tf from '@tensorflow/tfjs';
import type { RunEvent } from '../events/event-stream.js';
import type { HostBatch } from './batch.js';
import type { DataSource } from './data.js';
import type { ModelRecipe } from './model.js';
import type { Clock } from './schedule.js';
import type { HeadScores } from './scores.js';
import type { TermStep } from './term.js';

type Awaitable<T> = T | Promise<T>;

/** What a plugin keeps across a resume besides its helper modules. Must survive JSON. */
export type PluginState = Record<string, unknown>;

/** Every place of a run that a plugin can contribute to. */
export interface Hooks {
  /** Turns a model name into a recipe; the first plugin that answers wins, before the built-in zoo is asked. */
  resolveModel(name: string): Awaitable<ModelRecipe | undefined>;
  /** Turns a data spec into a source; the first plugin that answers wins. */
  resolveData(spec: string): Awaitable<DataSource | undefined>;

  /**
   * Replaces the data set once it is open, e.g. trains on synthesised images and evaluates on the real ones; each plugin
   * gets what the one before returned.
   */
  data(source: DataSource): Awaitable<DataSource>;

  /** Replaces a training batch after augmentation and mixing; each plugin gets what the one before returned. */
  batch(batch: HostBatch, clock: Clock): Awaitable<HostBatch>;

  /** Once, before the first step, resumed or not. */
  fitStart(clock: Clock): Awaitable<void>;
  epochStart(clock: Clock): Awaitable<void>;
  stepStart(clock: Clock): Awaitable<void>;
  stepEnd(clock: Clock): Awaitable<void>;
  /** After each validation, with the scores of every head and of the fused one. */
  evaluate(heads: HeadScores, clock: Clock): Awaitable<void>;
  epochEnd(clock: Clock): Awaitable<void>;
  /** Puts what the plugin wants back after a resume into `state`. */
  save(state: PluginState): Awaitable<void>;
  /** Gets what {@link Hooks.save} put there. */
  load(state: PluginState): Awaitable<void>;
  /** A run is about to fail with this error. */
  exception(error: unknown): Awaitable<void>;
  fitEnd(clock: Clock): Awaitable<void>;
  /** Last of all, also after a failure. */
  close(): Awaitable<void>;

  /** Changes the total loss, on the tape. */
  loss(loss: tf.Scalar, step: TermStep): tf.Scalar;
  /** Sees the gradients by name (`student/…`, `module/…`), before clipping; may replace entries. */
  gradients(gradients: Map<string, tf.Tensor>, clock: Clock): void;

  /** Observes the run; cannot change it. */
  event(event: RunEvent): Awaitable<void>;
}

export type HookName = keyof Hooks;

/**
 * How the contributions of several plugins to one hook are run.
 * `first`: until one answers. `waterfall`: each gets the result of the one before. `series`: one after the other,
 * awaited. `sync`: inside the step, on the tape, promises refused. `parallel`: observers, together.
 */
export type HookKind = 'first' | 'waterfall' | 'series' | 'sync' | 'parallel';

/** The kind of every hook; the compiler fails on one that is missing. */
export const HOOK_KINDS = {
  resolveModel: 'first',
  resolveData: 'first',
  data: 'waterfall',
  batch: 'waterfall',
  fitStart: 'series',
  epochStart: 'series',
  stepStart: 'series',
  stepEnd: 'series',
  evaluate: 'series',
  epochEnd: 'series',
  save: 'series',
  load: 'series',
  exception: 'series',
  fitEnd: 'series',
  close: 'series',
  loss: 'sync',
  gradients: 'sync',
  event: 'parallel',
} as const satisfies Record<HookName, HookKind>;

/** The hooks of one kind. */
export type HooksOfKind<K extends HookKind> = {
  [N in HookName]: (typeof HOOK_KINDS)[N] extends K ? N : never;
}[HookName];
