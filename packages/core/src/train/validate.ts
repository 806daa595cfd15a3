import type { Ema } from '@kdx/tensor';
import type { Composition } from '../compose/composition.js';
import type { Evaluator } from '../contracts/evaluator.js';
import type { Clock } from '../contracts/schedule.js';
import { isBetter } from '../contracts/task.js';
import { betterOf, type Progress } from './progress.js';

interface Validated {
  readonly composition: Composition;
  readonly evaluator: Evaluator;
  readonly ema: Ema | undefined;
  /** Receives the scores, and the epoch where it is the best so far. */
  readonly progress: Omit<Progress, 'plugins'>;
}

/** Scores the student, and its average where the run keeps one, on the validation split. Returns whether the epoch is the best. */
export async function validate(
  { composition, evaluator, ema, progress }: Validated,
  clock: Clock,
): Promise<boolean> {
  const at = { step: clock.step + 1, epoch: clock.epoch };
  const heads = await evaluator.student('validation', 'last', at);
  if (!heads) return false;
  await composition.hooks.series('evaluate', heads, clock);
  const averaged = await ema?.withAveraged(() => evaluator.student('validation', 'ema', at));
  progress.lastValidation = heads;
  if (averaged) progress.lastAverage = averaged;
  const { settings, task } = composition;
  const { headline } = task;
  const better = betterOf(settings.best, heads, averaged, headline);
  const before = progress.best?.heads.fused[headline.name];
  if (before !== undefined && !isBetter(headline, better.heads.fused[headline.name], before)) return false;
  progress.best = { epoch: clock.epoch, ...better };
  return true;
}
