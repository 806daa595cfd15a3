import type { Parameter } from '@kdx/tensor';
import { didYouMean } from '@kdx/tensor';
import type { DataSource } from '../contracts/data.js';
import type { HeadRule, Model } from '../contracts/model.js';
import { type LossBalance, TERM_GROUPS } from '../contracts/term.js';
import { kdxError } from '../errors.js';
import type { RunSettings } from '../settings/settings.js';
import type { ComposedTerm } from './composition.js';
import { type ParsedRef, teacherName } from './refs.js';

/**
 * Optimiser steps in an epoch that shows so many images.
 * @throws KdxError `KDX_DATA_EMPTY` without training images, `KDX_DATA_SMALL` when dropLast would leave none.
 */
export function checkSteps(
  { batch, accumulate, dropLast }: RunSettings,
  { name, train }: DataSource,
  showings: number,
): number {
  if (train.length === 0) {
    throw kdxError('KDX_DATA_EMPTY', `The data ${name} has no training images; give data that has some.`);
  }
  const steps = showings / (batch * accumulate);
  if (!dropLast) return Math.ceil(steps);
  if (steps >= 1) return Math.floor(steps);
  const step = accumulate === 1 ? `a batch of ${batch}` : `a step of ${accumulate} batches of ${batch}`;
  throw kdxError(
    'KDX_DATA_SMALL',
    `The data ${name} has ${showings} training images in an epoch, which do not fill ${step}, and dropLast leaves out what is not full; use a smaller --batch or --set dropLast=false.`,
  );
}

/** @throws KdxError `KDX_BEST_AVERAGE` when the best epoch is to be chosen by an average that the run does not keep. */
export function checkBest({ best, ema }: RunSettings): void {
  if (best === 'student' || ema !== null) return;
  throw kdxError(
    'KDX_BEST_AVERAGE',
    `The setting best=${best} looks at the averaged student, and the run keeps no average; add --set ema=0.999, or use --set best=student.`,
  );
}

/** @throws KdxError `KDX_TERM_GROUP` for a group that the balance does not know. */
export function checkGroup(group: string, what: string, groups: readonly string[] = TERM_GROUPS): void {
  if (groups.includes(group)) return;
  throw kdxError(
    'KDX_TERM_GROUP',
    `${what} names the group "${group}", which is none of ${groups.join(', ')}.${didYouMean(group, groups)}`,
  );
}

/** @throws KdxError `KDX_TERM_GROUP`; `aux` is never balanced. */
export function checkBalance(balance: LossBalance, plugin: string): void {
  const balanced = TERM_GROUPS.filter((group) => group !== 'aux');
  for (const group of Object.keys(balance)) checkGroup(group, `The balance of plugin "${plugin}"`, balanced);
}

/** @throws KdxError `KDX_HEAD_RULE` when the rule needs a head the student has not. */
export function checkHeadRule(rule: HeadRule, student: Model): void {
  if (rule === 'class' || student.spec.heads.includes('distillation')) return;
  throw kdxError(
    'KDX_HEAD_RULE',
    `Head rule "${rule}" needs a distillation head and ${student.spec.name} has only ${student.spec.heads.join(', ')}; use --head-rule class.`,
  );
}

/** @throws KdxError `KDX_CLASS_COUNT` when a term compares logits of models with different class counts. */
export function checkLogitReaders(
  terms: readonly ComposedTerm[],
  teachers: readonly Model[],
  student: Model,
  data: string,
): void {
  for (const term of terms) {
    for (const ref of term.reads.values()) {
      if (ref.kind !== 'logits' && ref.kind !== 'head') continue;
      const teacher = teachers.find((_, index) => teacherName(index) === ref.model);
      if (!teacher || teacher.spec.classes === student.spec.classes) continue;
      throw kdxError(
        'KDX_CLASS_COUNT',
        `Teacher ${teacher.spec.name} has ${teacher.spec.classes} classes and the data ${data} has ${student.spec.classes}, so ${term.id} cannot compare their logits; give a teacher trained on the same classes.`,
      );
    }
  }
}

/** A parameter or buffer by its name. @throws KdxError `KDX_TEACHER_MISSING`, `KDX_PARAMETER_UNKNOWN` */
export function findParameter(
  name: string,
  path: string,
  models: ReadonlyMap<string, Model>,
  reader: string,
): Parameter {
  checkModelRef({ kind: 'logits', model: name }, models, reader);
  const model = models.get(name) as Model;
  const found = model.parameters.get(path) ?? model.buffers.get(path);
  if (found) return found;
  const hint = didYouMean(path, [...model.parameters.keys(), ...model.buffers.keys()]);
  throw kdxError(
    'KDX_PARAMETER_UNKNOWN',
    `${reader} asks for parameter "${path}" of ${name} (${model.spec.name}), which has none of that name.${hint}`,
  );
}

/** @throws KdxError `KDX_TEACHER_MISSING`, `KDX_TAP_UNKNOWN`, `KDX_HEAD_UNKNOWN` when a model does not have what is read. */
export function checkModelRef(ref: ParsedRef, models: ReadonlyMap<string, Model>, reader: string): void {
  if (ref.kind === 'targets' || ref.kind === 'images' || ref.kind === 'module') return;
  const model = models.get(ref.model);
  if (!model) {
    const have = models.size - 1;
    throw kdxError(
      'KDX_TEACHER_MISSING',
      `${reader} reads ${ref.model} and the run has ${have === 0 ? 'no teacher' : `${have} teacher(s)`}; add --teacher MODEL@WEIGHTS.`,
    );
  }
  if (ref.kind === 'head' && !model.spec.heads.includes(ref.head)) {
    const hint = didYouMean(ref.head, [...model.spec.heads]);
    throw kdxError(
      'KDX_HEAD_UNKNOWN',
      `${reader} reads head "${ref.head}" of ${ref.model} (${model.spec.name}), which has ${model.spec.heads.join(', ')}.${hint}`,
    );
  }
  if (ref.kind === 'tap' && !model.taps().has(ref.path)) {
    const hint =
      stagesHint(ref.path, model) || noReluHint(ref.path, model) || nearRead(ref.path, ref.model, model);
    throw kdxError(
      'KDX_TAP_UNKNOWN',
      `${reader} reads tap "${ref.path}" of ${ref.model} (${model.spec.name}), which has no such layer.${hint} "kdx models ${model.spec.name} --taps" lists its taps.`,
    );
  }
}

/** `student.logit` was meant as the logits, which no layer is called. */
function nearRead(path: string, name: string, model: Model): string {
  const outputs = ['logits', ...model.spec.heads.map((head) => `heads.${head}`)];
  const hint = didYouMean(path, [...outputs, ...model.taps().keys()]);
  const output = outputs.find((each) => hint.includes(`"${each}"`));
  return output === undefined ? hint : hint.replace(output, `${name}.${output}`);
}

/** What does not end in a ReLU has nothing before one. */
function noReluHint(path: string, model: Model): string {
  const [, layer] = /^(.+):pre$/.exec(path) ?? [];
  return layer !== undefined && model.taps().has(layer)
    ? ` "${layer}" does not end in a ReLU, so "${layer}" itself is what you want.`
    : '';
}

/** `f9` was meant as a stage. */
const stagesHint = (path: string, { spec: { features } }: Model): string =>
  /^f\d+(:pre|:in)?$/.test(path) && features.length > 0
    ? ` Its stages are f0 to f${features.length - 1}.`
    : '';
