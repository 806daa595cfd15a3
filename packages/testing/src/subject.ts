import type { ModelRecipe, Plugin, PluginDefinition, PluginFactory } from '@kdx/core';
import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import type { KitModel } from './kit/models.js';

/**
 * What a term is worth when student and teacher agree, all tensors of one shape that it reads being equal:
 * - a number, or a function of what the term reads: a minimum, which the kit proves (value, no gradient, no less around it);
 * - a sentence: why the term has no minimum there. It is logged.
 */
export type Minimum = number | string | ((read: (ref: string) => tf.Tensor) => tf.Scalar | number);

/** By the term's name in a run, e.g. `kd/logits`. */
export type Minima = Readonly<Record<string, Minimum>>;

/** One way to use the plugin. */
export interface Case<O = unknown> {
  readonly options?: O;
  /** Default `vit`. */
  readonly student?: KitModel | ModelRecipe;
  /** Default: the kit's other family than the student's. */
  readonly teacher?: KitModel | ModelRecipe;
  /** How many teachers there are. Default 1. */
  readonly teachers?: number;
  /** Statements for this case, on top of the plugin's. */
  readonly minimum?: Minima;
}

/** What an author states about a plugin. */
export interface ConformanceOptions<S extends z.ZodType = z.ZodType> {
  readonly plugin: PluginFactory<S>;
  /** Default: one case with the plugin's default options. */
  readonly cases?: readonly Case<z.input<S>>[];
  /** Plugins beside which the order of naming must not matter, and which the plugin may need. */
  readonly beside?: readonly (() => Plugin)[];
  /** A statement for every term of the groups `distill`, `mutual` and `hint`. */
  readonly minimum?: Minima;
  /** What happens to a term of these groups without a statement: its check fails, or tells it and goes on. Default `fail`. */
  readonly unstated?: 'fail' | 'note';
  /** Largest relative difference between a gradient and finite differences. Default 0.002. */
  readonly tolerance?: number;
  /** Numbers of classes it is tried with. Default 2, 10 and 1000; a plugin that brings images knows only theirs. */
  readonly classCounts?: readonly number[];
}

/** A plugin in one of its cases: what a check is run on. */
export interface Subject {
  readonly definition: PluginDefinition;
  /** As an author gives them. */
  readonly options: unknown;
  /** A new plugin, with these options or others. */
  make(options?: unknown): Plugin;
  readonly student: KitModel | ModelRecipe;
  readonly teacher: KitModel | ModelRecipe;
  readonly teachers: number;
  readonly beside: readonly (() => Plugin)[];
  readonly minimum: Minima;
  readonly unstated: 'fail' | 'note';
  readonly tolerance: number;
  readonly classCounts: readonly number[];
  /** For titles and errors, e.g. `{"type":"soft"}, cnn`. */
  readonly label: string;
}

/** The cases of a plugin, with defaults filled in. */
export function subjectsOf<S extends z.ZodType>(stated: ConformanceOptions<S>): Subject[] {
  const {
    plugin,
    cases = [{}],
    beside = [],
    minimum = {},
    unstated = 'fail',
    tolerance = 0.002,
    classCounts = [2, 10, 1000],
  } = stated;
  return cases.map((each) => {
    const student = each.student ?? 'vit';
    const options = each.options ?? {};
    return {
      definition: plugin.definition as unknown as PluginDefinition,
      options,
      make: (other = options) => plugin(other as z.input<S>),
      student,
      teacher: each.teacher ?? (student === 'vit' ? 'cnn' : 'vit'),
      teachers: each.teachers ?? 1,
      beside,
      minimum: { ...minimum, ...each.minimum },
      unstated,
      tolerance,
      classCounts,
      label: labelOf(options, student, each.teachers),
    };
  });
}

function labelOf(options: unknown, student: KitModel | ModelRecipe, teachers: number | undefined): string {
  const parts = [JSON.stringify(options), typeof student === 'string' ? student : student.name];
  return [...parts, ...(teachers === undefined ? [] : [`${teachers} teachers`])].join(', ');
}
