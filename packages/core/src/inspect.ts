// `@kdx/core/inspect`: looking into a run before it trains, for `kdx check` and `kdx explain`.

import 'reflect-metadata';

export { coveringKinds, type StepKind, stepKinds, teachersOf } from './check/check-clocks.js';
export type { StepInspection } from './check/inspect-step.js';
export { StepProbe } from './check/step-probe.js';
export { explainRun } from './explain/explain-run.js';
export type {
  Epochs,
  ExplainedLearner,
  ExplainedModel,
  ExplainedPlugin,
  ExplainedRead,
  ExplainedTerm,
  Explanation,
  OverEpochs,
} from './explain/explanation.js';
export { unreadTeachers } from './explain/unread-teachers.js';
export { planOf } from './plan/plan.js';
export { planWarnings } from './plan/plan-warnings.js';
