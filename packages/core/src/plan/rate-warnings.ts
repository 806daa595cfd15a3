import type { Clock } from '../contracts/schedule.js';
import { lengthInEpochs } from '../schedule/length.js';
import { epochsDone } from '../schedule/linear.js';
import { clockOf, clocksWithin, sampledEpochs } from './clocks.js';
import { epochsText, type Plan, shortNumber } from './plan.js';
import type { RunWarning } from './warning.js';

/** `KDX_PLAN_RATE`: whole epochs whose learning rate is 0, and a line that is not at its end when the run is. */
export function rateWarnings(plan: Plan): RunWarning[] {
  return [...unfinishedLine(plan), ...zeroEpochs(plan)].map((message) => ({
    code: 'KDX_PLAN_RATE',
    message,
  }));
}

function unfinishedLine(plan: Plan): string[] {
  const { schedule, epochs, lr } = plan.settings;
  if (plan.rateOwner !== undefined || schedule.type !== 'linear') return [];
  const { start = 0, end = '100%', per = 'epoch', to } = schedule;
  const last = clockOf(plan, epochs - 1, plan.stepsPerEpoch - 1);
  if (lr === to) return [];
  if (epochs > 1 && lengthInEpochs(start, epochs) >= epochsDone(last, per)) {
    return [
      `The line from ${shortNumber(lr)} to ${shortNumber(to)} starts when the run of ${epochsText(epochs)} has ended, so the learning rate never moves; use --set schedule.start=0, or --set schedule=constant.`,
    ];
  }
  if (lengthInEpochs(end, epochs) > epochs) {
    return [
      `The line from ${shortNumber(lr)} to ${shortNumber(to)} ends after the run of ${epochsText(epochs)}, which it leaves at ${shortNumber(plan.rate.at(last))}; use --set schedule.end=100%, or train longer.`,
    ];
  }
  return [];
}

function zeroEpochs(plan: Plan): string[] {
  const { epochs } = plan.settings;
  const idle = sampledEpochs(epochs).filter((epoch) =>
    stepsOf(plan, epoch).every((clock) => plan.rate.at(clock) === 0),
  );
  if (idle.length === 0) return [];
  const [first] = idle;
  const which =
    idle.length === 1
      ? `epoch ${first + 1} of ${epochs}`
      : idle.length === epochs
        ? `every epoch`
        : `${idle.length} of ${epochs} epochs, the first of them epoch ${first + 1}`;
  return [
    `The learning rate is 0 in the whole of ${which}, so nothing is learnt there; ${remedy(plan, first)}.`,
  ];
}

/** All steps of an epoch, or its first, middle and last where they are many. */
function stepsOf(plan: Plan, epoch: number): Clock[] {
  if (plan.stepsPerEpoch > 100) return clocksWithin(plan, epoch);
  return Array.from({ length: plan.stepsPerEpoch }, (_, step) => clockOf(plan, epoch, step));
}

function remedy({ settings, rateOwner }: Plan, epoch: number): string {
  const { schedule, lr, epochs } = settings;
  if (rateOwner !== undefined)
    return `change the options of plugin "${rateOwner}", which provides the learning rate`;
  if (schedule.type === 'linear')
    return 'use --set schedule.end=100%, or a rate above 0 with --set schedule.to';
  if (
    schedule.type === 'cosine' &&
    epoch <= lengthInEpochs(schedule.warmup ?? 0, epochs) + (schedule.lag ?? 0)
  ) {
    const steps = Math.ceil(lengthInEpochs(schedule.warmup ?? 0, epochs)) + 1;
    return `its warm-up starts from 0: use --set schedule.warmupFrom=${shortNumber(lr / steps)}${schedule.per === 'epoch' ? ', or --set schedule.per=step' : ''}`;
  }
  return 'use --set schedule.min with a rate above 0';
}
