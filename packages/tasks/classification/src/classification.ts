import { definePlugin } from '@kdx/core';
import { z } from 'zod';
import { classificationTask } from './classification-task.js';

/** Brings the task `classification`. `distill()` and `kdx run` add it to every run without another task. */
export const classification = definePlugin({
  name: 'classification',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: 'the base task: cross-entropy of the class head on mixed, smoothed targets',
  offers: ['task'],
  options: z.strictObject({}),
  task: () => classificationTask,
});
