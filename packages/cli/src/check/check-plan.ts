import { planOf, planWarnings } from '@kdx/core/inspect';
import { type Composition } from '@kdx/core/run';
import type { Tell } from './check-report.js';

/** What the run's schedules, average and periods cannot do as they say. */
export function checkPlan(composition: Composition, tell: Tell): void {
  for (const { code, message } of planWarnings(planOf(composition))) {
    tell({ status: 'warning', topic: 'plan', code, text: message.replace(/\.$/, '') });
  }
}
