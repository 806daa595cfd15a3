import { runSettings } from '../settings/settings.js';
import { epochsText, type Plan } from './plan.js';
import type { RunWarning } from './warning.js';

/** `KDX_PLAN_PERIOD`: settings that count steps or epochs beyond the run, so that what they ask for never happens. */
export function periodWarnings({ settings, stepsPerEpoch, showings }: Plan): RunWarning[] {
  const { epochs, logEvery, saveEvery, evaluateEvery, accumulate, batch } = settings;
  const steps = epochs * stepsPerEpoch;
  const run = `the run has ${steps === 1 ? '1 step' : `${steps} steps`}`;
  const messages: string[] = [];
  // The default is made for longer runs; only what was asked for is worth a word.
  if (logEvery > steps && logEvery !== runSettings.shape.logEvery.parse(undefined)) {
    messages.push(
      `logEvery=${logEvery} logs no step, because ${run}; use --set logEvery=${Math.max(1, Math.floor(steps / 10))}.`,
    );
  }
  if (saveEvery > steps) {
    messages.push(
      `saveEvery=${saveEvery} saves nothing between the ends of epochs, because ${run}; use --set saveEvery=${Math.max(1, Math.floor(stepsPerEpoch / 2))}, or leave it out.`,
    );
  }
  if (evaluateEvery > epochs) {
    messages.push(
      `evaluateEvery=${evaluateEvery} validates once, after the last of ${epochsText(epochs)}, so the best epoch is the last; use --set evaluateEvery=1.`,
    );
  }
  const batches = Math.ceil(showings / batch);
  if (accumulate > batches) {
    messages.push(
      `accumulate=${accumulate} asks for ${accumulate * batch} images a step, and an epoch has ${showings}: each step takes ${batches === 1 ? 'one batch' : `${batches} batches`}; use --set accumulate=${batches}.`,
    );
  }
  return messages.map((message) => ({ code: 'KDX_PLAN_PERIOD', message }));
}
