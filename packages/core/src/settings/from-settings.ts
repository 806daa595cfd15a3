import type { OptimizerRule } from '@kdx/tensor';
import { adam, adamw, Ema, sgd } from '@kdx/tensor';
import type { Composition } from '../compose/composition.js';
import type { Schedule } from '../contracts/schedule.js';
import { kdxError } from '../errors.js';
import { parseSchedule } from '../schedule/parse-schedule.js';
import type { RunSettings } from './settings.js';

/** The rule of the setting `optimizer`. @throws KdxError `KDX_OPTIMIZER_INVALID` */
export function optimizerOf({ optimizer }: Pick<RunSettings, 'optimizer'>): OptimizerRule {
  switch (optimizer.name) {
    case 'sgd':
      return sgd(optimizer);
    case 'adam':
      return adam(optimizer);
    case 'adamw':
      return adamw(optimizer);
  }
}

/** @throws KdxError `KDX_SCHEDULE_INVALID` for a floor above the base: the rate would rise where it should fall. */
export function learningRateOf({ schedule, lr }: RunSettings): Schedule {
  const floor = schedule.type === 'cosine' ? Math.max(schedule.min ?? 0, schedule.warmupFrom ?? 0) : 0;
  if (floor > lr) {
    throw kdxError(
      'KDX_SCHEDULE_INVALID',
      `The learning rate ${lr} is below the schedule's floor ${floor}; lower it with --set schedule.min=0 --set schedule.warmupFrom=0.`,
    );
  }
  return parseSchedule(schedule, lr);
}

/** The average of the student's weights and buffers, where the run keeps one. */
export const emaOf = ({ settings, student }: Pick<Composition, 'settings' | 'student'>): Ema | undefined =>
  settings.ema === null
    ? undefined
    : new Ema(new Map([...student.parameters, ...student.buffers]), {
        decay: settings.ema,
        warmup: settings.emaWarmup,
      });
