import type { BackendInfo, OptimizerRule } from '@kdx/tensor';
import type { BatchLoader } from '../batch/batch-loader.js';
import type { DataSource } from '../contracts/data.js';
import type { Evaluator } from '../contracts/evaluator.js';
import type { EventSink } from '../contracts/event-sink.js';
import type { HeadRule, Model } from '../contracts/model.js';
import type { Sampler } from '../contracts/sampler.js';
import type { Schedule } from '../contracts/schedule.js';
import { type RunRng, token } from '../contracts/slot.js';
import type { RunStorage } from '../contracts/storage.js';
import type { Task } from '../contracts/task.js';
import type { LossBalance } from '../contracts/term.js';
import type { EventStream } from '../events/event-stream.js';
import type { RunSettings } from '../settings/settings.js';
import type { TeacherCache } from '../teacher-cache/teacher-cache.js';
import type { RunClock } from '../train/run-clock.js';
import type { Composition } from './composition.js';

// Every service of a run by its token. `ctx.inject(TOKEN)` gives it; those of the first group can be replaced with
// `ctx.provide(TOKEN, …)`. Two plugins that provide one are refused, unless one brings the other.

/** Where images come from. Provided in `configure()`. */
export const DATA_SOURCE = token<DataSource>('DataSource');
/** Which images an epoch shows, in which order; undefined where the settings decide. Provided in `configure()`. */
export const SAMPLER = token<Sampler | undefined>('Sampler');
export const OPTIMIZER = token<OptimizerRule>('Optimizer');
export const LEARNING_RATE = token<Schedule>('LearningRate');
/** Weights of the loss groups. */
export const LOSS_BALANCE = token<LossBalance>('LossBalance');
/** Which head, or fusion of heads, is evaluated and exported. */
export const HEAD_RULE = token<HeadRule>('HeadRule');
/** Scores student and teachers. */
export const EVALUATOR = token<Evaluator>('Evaluator');
/** Where a run keeps checkpoints and results; undefined where it keeps nothing. */
export const RUN_STORE = token<RunStorage | undefined>('RunStore');
/** Where a run records its events; undefined where it keeps nothing. */
export const EVENT_SINK = token<EventSink | undefined>('EventSink');

// What a run makes itself.

export const BACKEND = token<BackendInfo>('Backend');
export const BATCH_LOADER = token<BatchLoader>('BatchLoader');
/** The position of the training loop. */
export const CLOCK = token<RunClock>('Clock');
export const COMPOSITION = token<Composition>('Composition');
export const EVENT_STREAM = token<EventStream>('EventStream');
/** Keyed random streams: the run's own, and in a plugin's container those of the plugin, as `ctx.rng`. */
export const RNG = token<RunRng>('Rng');
export const RUN_NAME = token<string>('RunName');
export const SETTINGS = token<RunSettings>('Settings');
export const STUDENT = token<Model>('Student');
export const TEACHER_CACHE = token<TeacherCache | undefined>('TeacherCache');
/** What the run is about: the plugin's that brings it. */
export const TASK = token<Task>('Task');
export const TEACHERS = token<readonly Model[]>('Teachers');

/** Tokens of the first group. */
export const REPLACEABLE: readonly symbol[] = [
  DATA_SOURCE,
  SAMPLER,
  OPTIMIZER,
  LEARNING_RATE,
  LOSS_BALANCE,
  HEAD_RULE,
  EVALUATOR,
  RUN_STORE,
  EVENT_SINK,
];

/** Tokens of the second group, which plugins cannot provide. */
export const ENGINES_OWN: readonly symbol[] = [
  BACKEND,
  BATCH_LOADER,
  CLOCK,
  COMPOSITION,
  EVENT_STREAM,
  RNG,
  RUN_NAME,
  SETTINGS,
  STUDENT,
  TASK,
  TEACHER_CACHE,
  TEACHERS,
];
