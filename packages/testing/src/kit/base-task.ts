import { definePlugin } from '@kdx/core';
import { classificationTask } from '@kdx/task-classification';
import { z } from 'zod';

/** Classification as a plugin of the kit's own, with the term `base/ce`: a task for methods that bring none. */
export const baseTask = definePlugin({
  name: 'base',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: 'cross-entropy',
  offers: ['task'],
  options: z.strictObject({}),
  task: () => classificationTask,
});
