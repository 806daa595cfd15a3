import { lengthInEpochs, lengthText } from '../schedule/length.js';
import { epochsText, type Plan, shortNumber } from './plan.js';
import type { RunWarning } from './warning.js';

/** `KDX_PLAN_MILESTONES`: milestones of the step decay that the run never reaches, that it starts behind, or that coincide. */
export function milestoneWarnings({ settings, rateOwner }: Plan): RunWarning[] {
  const { schedule, epochs, lr } = settings;
  if (rateOwner !== undefined || schedule.type !== 'steps') return [];
  const { gamma = 0.1 } = schedule;
  // A milestone is in force from the first whole epoch at or after it.
  const placed = schedule.milestones.map((milestone) => ({
    text: lengthText(milestone),
    epoch: Math.ceil(lengthInEpochs(milestone, epochs)),
  }));
  const named = (found: typeof placed): string =>
    `milestone${found.length === 1 ? '' : 's'} ${found.map(({ text }) => text).join(', ')}`;
  const warnings: string[] = [];

  const late = placed.filter(({ epoch }) => epoch >= epochs);
  if (late.length > 0) {
    const reached = placed.length - late.length;
    const where =
      epochs === 1
        ? 'use --set schedule=constant, or train for at least 2 epochs'
        : `use milestones from 1 to ${epochs - 1}, or shares of the run such as --set 'schedule.milestones=["75%"]'`;
    warnings.push(
      `The run of ${epochsText(epochs)} never reaches ${named(late)}: the learning rate ends at ${shortNumber(lr * gamma ** reached)} instead of ${shortNumber(lr * gamma ** placed.length)}; ${where}.`,
    );
  }
  const early = placed.filter(({ epoch }) => epoch === 0);
  if (early.length > 0) {
    warnings.push(
      `The ${named(early)} ${early.length === 1 ? 'is' : 'are'} in force from the first step on, so the run never has the learning rate ${shortNumber(lr)}; use milestones of at least 1, or --lr ${shortNumber(lr * gamma ** early.length)} without ${early.length === 1 ? 'it' : 'them'}.`,
    );
  }
  const together = placed.filter(
    ({ epoch }, index) =>
      epoch > 0 && epoch < epochs && placed.some((other, i) => i !== index && other.epoch === epoch),
  );
  if (together.length > 0) {
    const epoch = together[0].epoch;
    const same = together.filter((each) => each.epoch === epoch);
    warnings.push(
      `The ${named(same)} fall on one epoch, ${epoch}, where the learning rate is multiplied by ${shortNumber(gamma ** same.length)} at once; give each milestone an epoch of its own, or --set schedule.gamma=${shortNumber(gamma ** same.length)} with one of them.`,
    );
  }
  return warnings.map((message) => ({ code: 'KDX_PLAN_MILESTONES', message }));
}
