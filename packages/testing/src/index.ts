export { CHECKS, type CheckName, check } from './check.js';
export { conformance, type RegisterTest } from './conformance.js';
export { type Golden, given, type Logits, near, step, wired } from './golden-run.js';
export { baseTask } from './kit/base-task.js';
export { type KitModel, kitModel } from './kit/models.js';
export { refusalOf, stepFault } from './refusal.js';
export { LOG_TIME, sampleEvents, writeLog } from './run-log.js';
export {
  type Case,
  type ConformanceOptions,
  type Minima,
  type Minimum,
  type Subject,
  subjectsOf,
} from './subject.js';
