import { type HeadScores, scoreText, type TaskLabels } from '@kdx/core';

/** The headline score of a model with its label and unit, e.g. `top-1 71.33 %`. */
export function headlineText(task: TaskLabels, heads: HeadScores): string {
  const { name } = task.headline;
  return `${task.scores[name]?.label ?? name} ${scoreText(task, name, heads.fused[name])}`;
}
