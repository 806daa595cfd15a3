import type { Composition } from '../compose/composition.js';
import { planOf } from '../plan/plan.js';
import { planWarnings } from '../plan/plan-warnings.js';
import type { RunWarning } from '../plan/warning.js';
import { unreadTeachers } from './unread-teachers.js';

/** What is allowed in a run and most likely not meant; `run`, `check` and `explain` print the same. */
export const runWarnings = (composition: Composition): readonly RunWarning[] => [
  ...composition.warnings,
  ...unreadTeachers(composition),
  ...planWarnings(planOf(composition)),
];
