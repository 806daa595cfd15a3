import { StepProbe, stepKinds } from '@kdx/core/inspect';
import type { PreparedRun } from '@kdx/run';
import { isKdxError, type KdxError, messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { checkClasses } from './check-classes.js';
import { checkPlan } from './check-plan.js';
import type { CheckLine, CheckReport, RunEstimate, Tell } from './check-report.js';
import { type CheckedSteps, checkSteps } from './check-steps.js';
import { checkTeachers } from './check-teachers.js';
import { estimateRun } from './estimate-run.js';

export interface CheckOptions {
  /** What the teachers were called, for the option that mends one. */
  readonly teacherNames?: readonly string[];
  /** Whether the run would keep teacher logits on disk. Default false. */
  readonly teacherCache?: boolean;
  readonly onLine?: Tell;
}

/**
 * Takes one batch of a prepared run through everything: the teachers' accuracy and normalisation first, then classes,
 * what is read, losses and gradients, and estimates. Nothing is trained and nothing written; what fails is a line of the
 * report, with its code.
 * @throws what is no KdxError, a fault of kdx or of a plugin
 */
export async function checkRun(
  { composition, record }: Pick<PreparedRun, 'composition' | 'record'>,
  { teacherNames = [], teacherCache = false, onLine }: CheckOptions = {},
): Promise<CheckReport> {
  const lines: CheckLine[] = [];
  const tell: Tell = (line) => {
    lines.push(line);
    onLine?.(line);
  };
  /** Undefined when it failed, of which a line then tells. */
  const attempt = async <T>(topic: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isKdxError(error)) throw error;
      tell({ status: 'error', topic, code: error.code, exit: error.exit, text: messageOf(error) });
      return undefined;
    }
  };
  const names = composition.teachers.map((_, index) => teacherNames[index]);
  const teachers = await attempt('teacher', () => checkTeachers(composition, names, tell));
  const classes = await attempt('classes', () => checkClasses(composition, tell));
  checkPlan(composition, tell);
  const kinds = stepKinds(composition);
  let steps: CheckedSteps | undefined;
  let estimate: RunEstimate | undefined;
  const probe = new StepProbe(composition);
  try {
    steps = await attempt('step', async () => {
      if (kinds.some(({ terms }) => terms.length === 0)) throw noLoss(kinds);
      return checkSteps(composition, probe, kinds, tell);
    });
    const inspections = steps?.inspections;
    if (inspections && !lines.some(({ status }) => status === 'error')) {
      const backend = record.pinned.backend;
      estimate = await attempt('time', () =>
        estimateRun({ composition, backend, probe, kinds, inspections, teacherCache }, tell),
      );
    }
  } finally {
    probe.dispose();
  }
  return {
    ok: !lines.some(({ status }) => status === 'error'),
    lines,
    teachers: teachers ?? [],
    classes: classes ?? { classes: composition.data.labelNames.length, imagesPerClass: [0, 0] },
    steps: steps?.inspections ?? [],
    untrained: steps?.untrained ?? [],
    estimate,
  };
}

function noLoss(kinds: ReturnType<typeof stepKinds>): KdxError {
  const epoch = kinds.find(({ terms }) => terms.length === 0)?.clock.epoch;
  return kdxError(
    'KDX_NO_LOSS',
    `No loss term is active in epoch ${epoch}; add a plugin that brings one, or change the weights that are 0 there.`,
  );
}
