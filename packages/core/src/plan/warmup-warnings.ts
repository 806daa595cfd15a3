import type { Clock, Length } from '../contracts/schedule.js';
import { cosine } from '../schedule/cosine.js';
import { lengthInEpochs, lengthText } from '../schedule/length.js';
import { epochsDone } from '../schedule/linear.js';
import { clockOf } from './clocks.js';
import { epochsText, type Plan, shortNumber } from './plan.js';
import type { RunWarning } from './warning.js';

/** Share of `lr` that the cosine must have at the end of the warm-up; the default, 5 % of the run, has 99.4 %. */
const ENOUGH = 0.95;

/** Height of the cosine, between its floor 0 and its base 1, where a warm-up of so many epochs ends. */
const heightAfter = (warmup: number, epochs: number): number =>
  0.5 * (1 + Math.cos((Math.PI * warmup) / epochs));

type Cosine = Extract<Plan['settings']['schedule'], { type: 'cosine' }>;

/** `KDX_PLAN_WARMUP`: a warm-up that does not end within the run, or that takes much of the cosine's time. */
export function warmupWarnings(plan: Plan): RunWarning[] {
  const { schedule, lr } = plan.settings;
  if (plan.rateOwner !== undefined || schedule.type !== 'cosine') return [];
  const { warmup = 0, lag = 0 } = schedule;
  const { epochs } = plan.settings;
  if (lengthInEpochs(warmup, epochs) === 0) return lag > 0 ? lagWarnings(plan, lag) : [];
  const found = warmedUp(plan, schedule);
  const length = typeof warmup === 'number' ? epochsText(warmup) : `${lengthText(warmup)} of the run`;
  const right = rightWarmup(plan, schedule);
  if (found.after === undefined) {
    const late = lag > 0 ? `, which begins ${epochsText(lag)} late,` : '';
    return warn(
      `The warm-up of ${length}${late} does not end within the run of ${epochsText(epochs)}: the learning rate gets no higher than ${shortNumber(found.peak)} instead of ${shortNumber(lr)}; use --set schedule.warmup=${right}, or train longer.`,
    );
  }
  if (schedule.warmupPrefix || heightAfter(lengthInEpochs(warmup, epochs), epochs) >= ENOUGH) return [];
  return warn(
    `The warm-up of ${length} is part of the cosine over ${epochsText(epochs)}: the learning rate rises to ${shortNumber(found.peak)}, and right after the warm-up it is ${shortNumber(found.after)}, ${percentOf(found.after / lr)} of lr=${shortNumber(lr)}; use --set schedule.warmupPrefix=true to begin the cosine after the warm-up, or --set schedule.warmup=${right}.`,
  );
}

function lagWarnings({ settings: { epochs, lr } }: Plan, lag: number): RunWarning[] {
  if (lag < epochs - 1) return [];
  return warn(
    `The schedule trails by ${epochsText(lag)} in a run of ${epochsText(epochs)}, so the learning rate stays at ${shortNumber(lr)}; use --set schedule.lag=0, or train longer.`,
  );
}

/** The highest rate of the run, and the first one after the warm-up; that is undefined where there is none. */
function warmedUp(plan: Plan, schedule: Cosine): { peak: number; after: number | undefined } {
  const { settings, stepsPerEpoch } = plan;
  const { epochs, lr } = settings;
  const { per = 'step', lag = 0, warmup = 0 } = schedule;
  const rate = cosine({ ...schedule, base: lr });
  const end = lengthInEpochs(warmup, epochs) + lag;
  const last = clockOf(plan, epochs - 1, stepsPerEpoch - 1);
  if (epochsDone(last, per) < end) return { peak: rate.at(last), after: undefined };
  const first = firstAt(plan, end, per);
  const after = rate.at(first);
  const before = first.step === 0 ? 0 : rate.at(clockOf(plan, 0, first.step - 1));
  return { peak: Math.max(before, after), after };
}

/** The first step at which so many epochs are done. */
function firstAt(plan: Plan, done: number, per: 'epoch' | 'step'): Clock {
  const { stepsPerEpoch } = plan;
  let step = per === 'epoch' ? Math.ceil(done) * stepsPerEpoch : Math.floor(done * stepsPerEpoch);
  // The quotient is rounded, and so is what the schedule compares.
  while (epochsDone(clockOf(plan, 0, step), per) < done) step += 1;
  return clockOf(plan, 0, step);
}

/** The longest of a few usual warm-ups that ends within the run. */
function rightWarmup(plan: Plan, schedule: Cosine): Length {
  const candidates: readonly Length[] = ['10%', '5%'];
  return candidates.find((warmup) => warmedUp(plan, { ...schedule, warmup }).after !== undefined) ?? 0;
}

const percentOf = (share: number): string => `${Math.round(100 * share)} %`;

const warn = (message: string): RunWarning[] => [{ code: 'KDX_PLAN_WARMUP', message }];
