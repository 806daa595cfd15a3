import type { HeadRule, Model } from '../contracts/model.js';
import { KdxError } from '../errors/kdx-error.js';
import type { ComposedTerm } from './composition.js';
import { type ParsedRef, teacherName } from './refs.js';
import { didYouMean } from '../errors/did-you-mean.js';

/** @throws KdxError `KDX_HEAD_RULE` when the rule needs a head the student has not. */
export function checkHeadRule(rule: HeadRule, student: Model): void {
  if (rule === 'class' || student.spec.heads.includes('distillation')) return;
  throw new KdxError(
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
      throw new KdxError(
        'KDX_CLASS_COUNT',
        `Teacher ${teacher.spec.name} has ${teacher.spec.classes} classes and the data ${data} has ${student.spec.classes}, so ${term.id} cannot compare their logits; give a teacher trained on the same classes.`,
      );
    }
  }
}

/** @throws KdxError `KDX_TEACHER_MISSING`, `KDX_TAP_UNKNOWN`, `KDX_HEAD_UNKNOWN` when a model does not have what is read. */
export function checkModelRef(ref: ParsedRef, models: ReadonlyMap<string, Model>, reader: string): void {
  if (ref.kind === 'targets' || ref.kind === 'images' || ref.kind === 'module') return;
  const model = models.get(ref.model);
  if (!model) {
    const have = models.size - 1;
    throw new KdxError(
      'KDX_TEACHER_MISSING',
      `${reader} reads ${ref.model} and the run has ${have === 0 ? 'no teacher' : `${have} teacher(s)`}; add --teacher MODEL@WEIGHTS.`,
    );
  }
  if (ref.kind === 'head' && !model.spec.heads.includes(ref.head)) {
    const hint = didYouMean(ref.head, [...model.spec.heads]);
    throw new KdxError(
      'KDX_HEAD_UNKNOWN',
      `${reader} reads head "${ref.head}" of ${ref.model} (${model.spec.name}), which has ${model.spec.heads.join(', ')}.${hint}`,
    );
  }
  if (ref.kind === 'tap' && !model.taps().has(ref.path)) {
    const hint = didYouMean(ref.path, [...model.taps().keys()]);
    throw new KdxError(
      'KDX_TAP_UNKNOWN',
      `${reader} reads tap "${ref.path}" of ${ref.model} (${model.spec.name}), which has no such layer.${hint} "kdx models ${model.spec.name}" lists its taps.`,
    );
  }
}
