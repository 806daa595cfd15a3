import { isBetter, labelOf, type RunSummary, scoreText } from '@kdx/core';
import { taskLabels } from '@kdx/report';

/**
 * Which of several students to take, by their validation scores; test scores are for the one that was taken. Undefined
 * where the run keeps no average: the best epoch is then the choice that the summary states.
 */
export function choiceText({
  validation,
  task: told,
}: Pick<RunSummary, 'validation' | 'task'>): string | undefined {
  if (!validation?.ema) return undefined;
  const task = taskLabels(told);
  const { name } = task.headline;
  const { last, best, bestEpoch, bestWeights, ema } = validation;
  const students = [
    { file: 'student', what: 'last', score: last.fused[name] },
    {
      file: 'student.best',
      what: `best (epoch ${bestEpoch + 1}${bestWeights === 'ema' ? ', averaged' : ''})`,
      score: best.fused[name],
    },
    { file: 'student.ema', what: 'averaged', score: ema.fused[name] },
  ];
  const most = students.reduce((a, b) => (isBetter(task.headline, b.score, a.score) ? b : a)).score;
  const taken = students.filter(({ score }) => score === most).map(({ file }) => `${file}.safetensors`);
  const scores = students.map(({ what, score }) => `${what} ${scoreText(task, name, score)}`).join(', ');
  return `by validation ${labelOf(task, name)} ${taken.join(' or ')}: ${scores}`;
}
