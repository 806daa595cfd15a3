import { averageWarnings } from './average-warnings.js';
import { milestoneWarnings } from './milestone-warnings.js';
import { periodWarnings } from './period-warnings.js';
import type { Plan } from './plan.js';
import { rateWarnings } from './rate-warnings.js';
import { warmupWarnings } from './warmup-warnings.js';
import type { RunWarning } from './warning.js';
import { weightWarnings } from './weight-warnings.js';

/**
 * What a run's settled plan cannot do as it says: a warm-up that outlasts the run, a milestone beyond its end, an epoch
 * without learning. Each says what the run does instead and which setting would be right.
 */
export const planWarnings = (plan: Plan): readonly RunWarning[] => [
  ...warmupWarnings(plan),
  ...milestoneWarnings(plan),
  ...rateWarnings(plan),
  ...averageWarnings(plan),
  ...weightWarnings(plan),
  ...periodWarnings(plan),
];
