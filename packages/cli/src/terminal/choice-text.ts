import type { RunSummary } from '@kdx/core';
import { percent } from '@kdx/run/text';

/**
 * Which of several students to take, by their validation scores; test scores are for the one that was taken. Undefined
 * where the run keeps no average: the best epoch is then the choice that the summary states.
 */
export function choiceText({ validation }: Pick<RunSummary, 'validation'>): string | undefined {
  if (!validation?.ema) return undefined;
  const { last, best, bestEpoch, bestWeights, ema } = validation;
  const students = [
    { file: 'student', what: 'last', top1: last.fused.top1 },
    {
      file: 'student.best',
      what: `best (epoch ${bestEpoch + 1}${bestWeights === 'ema' ? ', averaged' : ''})`,
      top1: best.fused.top1,
    },
    { file: 'student.ema', what: 'averaged', top1: ema.fused.top1 },
  ];
  const most = Math.max(...students.map(({ top1 }) => top1));
  const taken = students.filter(({ top1 }) => top1 === most).map(({ file }) => `${file}.safetensors`);
  const scores = students.map(({ what, top1 }) => `${what} ${percent(top1)}`).join(', ');
  return `by validation top-1 ${taken.join(' or ')}: ${scores}`;
}
