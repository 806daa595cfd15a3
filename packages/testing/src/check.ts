import { messageOf } from '@kdx/tensor';
import { checkClassCounts } from './checks/class-counts.js';
import { checkExportedStudent } from './checks/exported-student.js';
import { checkForwards } from './checks/forwards.js';
import { checkGradient } from './checks/gradient.js';
import { checkMemory } from './checks/memory.js';
import { checkMinimum } from './checks/minimum.js';
import { checkModes } from './checks/modes.js';
import { checkOptions } from './checks/options.js';
import { checkOrder } from './checks/order.js';
import { checkPartialBatch } from './checks/partial-batch.js';
import { checkResume } from './checks/resume.js';
import { checkTeacher } from './checks/teacher.js';
import { checkTrains } from './checks/trains.js';
import { Finding, failed } from './failure.js';
import type { Subject } from './subject.js';

interface Check {
  /** What holds when it passes. */
  readonly title: string;
  /** Gives what is worth telling although it passed. */
  run(subject: Subject): Promise<readonly string[]> | Promise<void>;
}

/** All checks, in the order they are run. */
export const CHECKS = {
  options: { title: 'options survive JSON, are described, and unknown ones are refused', run: checkOptions },
  gradient: { title: 'gradients are those of finite differences', run: checkGradient },
  trains: { title: 'each term trains whom it says', run: checkTrains },
  minimum: { title: 'losses are least where student and teacher agree', run: checkMinimum },
  teacher: { title: 'teachers stay as they are', run: checkTeacher },
  forwards: { title: 'each model runs once in a step that reads it', run: checkForwards },
  modes: { title: 'models train in training mode and are evaluated in evaluation mode', run: checkModes },
  memory: { title: 'no tensor is left behind', run: checkMemory },
  resume: { title: 'a run that was killed and resumed ends in the same bytes', run: checkResume },
  'partial-batch': { title: 'it works with a last batch that is smaller', run: checkPartialBatch },
  'class-counts': { title: 'it works with 2, 10 and 1000 classes', run: checkClassCounts },
  order: { title: 'the order of naming does not matter', run: checkOrder },
  'exported-student': {
    title: 'the exported student is the plain student',
    run: checkExportedStudent,
  },
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof CHECKS;

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs one check on a plugin in one of its cases, after those in progress: they count tensors.
 * @returns what is worth telling although it passed, e.g. why a term has no minimum
 * @throws KdxError `KDX_CONFORMANCE_<CHECK>` naming check, plugin, case, term or tensor, and the figures
 */
export function check(name: CheckName, subject: Subject): Promise<readonly string[]> {
  const result = last.then(async () => {
    try {
      return (await (CHECKS[name] as Check).run(subject)) ?? [];
    } catch (error) {
      const finding = findingIn(error);
      if (finding) throw failed(name, subject, finding.message, finding.cause);
      throw failed(name, subject, `it could not be finished: ${messageOf(error)}`, error);
    }
  });
  last = result.catch(() => {});
  return result;
}

/** The engine wraps what is thrown inside a step. */
function findingIn(error: unknown): Finding | undefined {
  if (error instanceof Finding) return error;
  return error instanceof Error && error.cause !== undefined ? findingIn(error.cause) : undefined;
}
