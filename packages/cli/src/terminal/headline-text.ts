import { type HeadScores, labelledScore, type TaskLabels } from '@kdx/core';
import { taskLabels } from '@kdx/report';

/** The headline score of a model with its label and unit, e.g. `top-1 71.33 %`. */
export function headlineText(told: TaskLabels | undefined, { fused }: HeadScores): string {
  const task = taskLabels(told);
  const { name } = task.headline;
  return labelledScore(task, name, fused[name]);
}
