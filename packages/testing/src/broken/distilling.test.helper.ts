import { definePlugin, type PluginContext, type PluginFactory } from '@kdx/core';
import { klDivergence } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { type ConformanceOptions, type Subject, subjectsOf } from '../index.js';

type Definition<S extends z.ZodType> = Parameters<typeof definePlugin<S>>[0];

const noOptions = z.strictObject({});

/** A plugin from the parts that matter. */
export const broken = <S extends z.ZodType = typeof noOptions>(
  name: string,
  definition: Partial<Definition<S>> & Pick<Definition<S>, 'setup'>,
): PluginFactory<S> =>
  definePlugin<S>({
    name,
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: `breaks ${name}`,
    options: noOptions as unknown as S,
    ...definition,
  });

type Logits = (read: (ref: string) => tf.Tensor2D) => tf.Scalar;

/** KL of the class head and the teacher's: an honest loss. */
export const kl: Logits = (read) => klDivergence(read('student.logits'), read('teacher.logits'));

/** Adds a term `<plugin>/logits` that distils logits; `more` is what it reads besides. */
export const distil = (ctx: PluginContext, loss: Logits = kl, more: readonly string[] = []): void =>
  ctx.addTerm({
    id: 'logits',
    group: 'distill',
    reads: ['student.logits', 'teacher.logits', ...more],
    compute: ({ read }) => loss((ref) => read<tf.Tensor2D>(ref)),
  });

/** On the kit's CNN, whose logits have their minimum at the teacher's. */
export const subjectOf = <S extends z.ZodType>(
  plugin: PluginFactory<S>,
  stated: Partial<ConformanceOptions<S>> = {},
): Subject => {
  const minimum = { [`${plugin.definition.name}/logits`]: 0 };
  return subjectsOf({ plugin, cases: [{ student: 'cnn' }], minimum, ...stated })[0];
};
