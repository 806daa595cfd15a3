import type { Schedule } from '../contracts/schedule.js';
import { adam, adamw } from '../optim/adam.js';
import type { OptimizerRule } from '../optim/rule.js';
import { sgd } from '../optim/sgd.js';
import { parseSchedule } from '../schedule/parse-schedule.js';
import type { RunSettings } from './settings.js';

export function optimizerOf({ optimizer }: RunSettings): OptimizerRule {
  switch (optimizer.name) {
    case 'sgd':
      return sgd(optimizer);
    case 'adam':
      return adam(optimizer);
    case 'adamw':
      return adamw(optimizer);
  }
}

export const learningRateOf = ({ schedule, lr }: RunSettings): Schedule => parseSchedule(schedule, lr);
