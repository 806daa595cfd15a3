import { type PluginContext, type Ref, teacherName } from '@kdx/core';
import type { ShakeSettings } from '../options.js';
import { teacherStages } from './stages.js';
import { linearShadow, strongerShadow } from './student-side.js';
import { type Classifier, teacherSideShadow } from './teacher-side.js';

/** A shadow head: a stand-in of one teacher that learns from the student too. */
export interface Shadow {
  /** `2` for the second teacher's shadow; empty for the first's. */
  readonly suffix: string;
  /** h, its logits `[B, K]`. */
  readonly ref: Ref;
  /** t, its teacher's logits `[B, K]`. */
  readonly teacher: Ref;
  /** The parts that learn when the shadow does. */
  readonly trains: readonly string[];
}

/** One shadow for each teacher, where the preset puts them; a distillation token is the only one of its student. */
export function shadowsOf(ctx: PluginContext, options: ShakeSettings): Shadow[] {
  const { site, head, feature } = options;
  if (site === 'token') {
    const ref = 'student.heads.distillation';
    return [{ suffix: '', ref, teacher: 'teacher.logits', trains: ['student'] }];
  }
  return ctx.teachers.map((_, index) => {
    const role = teacherName(index);
    const suffix = index === 0 ? '' : String(index + 1);
    const module =
      site === 'teacher'
        ? teacherSideShadow(teacherStages(ctx, role, index, options), classifierOf(ctx, role, index, options))
        : head === 'stronger'
          ? strongerShadow(ctx)
          : linearShadow(ctx, feature);
    const ref = ctx.addModule(`head${suffix}`, module);
    const trains = site === 'teacher' ? [ref] : ['student', ref];
    return { suffix, ref, teacher: `${role}.logits`, trains };
  });
}

function classifierOf(
  ctx: PluginContext,
  role: string,
  index: number,
  { classifier }: ShakeSettings,
): Classifier {
  const { spec, parameters } = ctx.teachers[index];
  if (classifier === 'own') return { classes: spec.classes };
  const bias = spec.classHead.replace(/weight$/, 'bias');
  return {
    weight: ctx.param(role, spec.classHead),
    bias: parameters.has(bias) ? ctx.param(role, bias) : undefined,
  };
}
