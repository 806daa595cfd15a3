import { labelsOf, type TaskLabels } from '@kdx/core';
import { classificationTask } from '@kdx/task-classification';

/**
 * What the scores of a run are called. Runs of kdx before tasks have no labels in their events and summary; all of them were
 * classification, whose names they get here and nowhere else.
 */
export const taskLabels = (told: TaskLabels | undefined): TaskLabels => told ?? labelsOf(classificationTask);
