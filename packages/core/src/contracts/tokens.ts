import type { BackendInfo, OptimizerRule, Rng } from '@kdx/tensor';
import type { InjectionToken } from 'tsyringe';
import type { Composition } from '../compose/composition.js';
import type { EventStream } from '../events/event-stream.js';
import type { RunSettings } from '../settings/settings.js';
import type { RunStore } from '../store/run-store.js';
import type { TeacherCache } from '../teacher-cache/teacher-cache.js';
import type { DataSource } from './data.js';
import type { HeadRule, Model } from './model.js';
import type { Sampler } from './sampler.js';
import type { Schedule } from './schedule.js';
import type { LossBalance } from './term.js';

/** A key of the run's container that knows the type of what it stands for. */
export type Token<T> = symbol & { readonly __type?: T };

/** `Symbol.for`, so that two copies of a package still mean the same thing. */
export const token = <T>(name: string): Token<T> => Symbol.for(`kdx:${name}`) as Token<T>;

/** tsyringe's view of a {@link Token}. */
export const injectionToken = <T>(key: Token<T>): InjectionToken<T> => key as symbol as InjectionToken<T>;

/** Keyed random streams of one run: `rng('mix', epoch, batch)`. */
export type RunRng = (...purpose: (string | number)[]) => Rng;

export const COMPOSITION = token<Composition>('Composition');
export const RUN_NAME = token<string>('RunName');
export const BACKEND = token<BackendInfo>('Backend');
export const DATA_SOURCE = token<DataSource>('DataSource');
export const EVENT_STREAM = token<EventStream>('EventStream');
export const HEAD_RULE = token<HeadRule>('HeadRule');
export const LEARNING_RATE = token<Schedule>('LearningRate');
export const LOSS_BALANCE = token<LossBalance>('LossBalance');
export const OPTIMIZER = token<OptimizerRule>('Optimizer');
export const RNG = token<RunRng>('Rng');
export const RUN_STORE = token<RunStore | undefined>('RunStore');
/** A plugin's choice of the images of each epoch, claimed in `configure()`; undefined where the settings decide. */
export const SAMPLER = token<Sampler | undefined>('Sampler');
export const SETTINGS = token<RunSettings>('Settings');
export const STUDENT = token<Model>('Student');
export const TEACHER_CACHE = token<TeacherCache | undefined>('TeacherCache');
export const TEACHERS = token<readonly Model[]>('Teachers');
