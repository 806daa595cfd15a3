import { emaDecay } from '@kdx/tensor';
import { epochsText, type Plan, shortNumber } from './plan.js';
import type { RunWarning } from './warning.js';

/** Share of the starting weights in the average at the end of the run that is worth a word. */
const TOO_MUCH = 0.1;

/** `KDX_PLAN_AVERAGE`: an average of the student that still is the weights it started from when the run ends. */
export function averageWarnings({ settings, stepsPerEpoch }: Plan): RunWarning[] {
  const { ema, emaWarmup, epochs } = settings;
  if (ema === null) return [];
  const steps = epochs * stepsPerEpoch;
  const share = startShare(steps, ema, emaWarmup);
  if (share <= TOO_MUCH) return [];
  const enough = Math.ceil(Math.log(0.01) / Math.log(ema));
  // Rounded towards 0, so that what is proposed forgets the start at least as fast.
  const right = Math.floor(1000 * 0.01 ** (1 / steps)) / 1000;
  return [
    {
      code: 'KDX_PLAN_AVERAGE',
      message: `At the end of the run the averaged student is still ${(100 * share).toFixed(1)} % the weights it started from: ema=${ema} without warm-up needs about ${enough} steps, and ${epochsText(epochs)} of ${stepsPerEpoch} have ${steps}; use --set emaWarmup=true, or --set ema=${shortNumber(Math.max(right, 0.001))}.`,
    },
  ];
}

/** How much of an average after so many updates is what it was before the first: the product of the decays. */
export function startShare(updates: number, decay: number, warmup: boolean): number {
  let share = 1;
  for (let update = 0; update < updates && share > 1e-6; update++)
    share *= emaDecay(update, { decay, warmup });
  return share;
}
