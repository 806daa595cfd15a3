import { definePlugin, followLog } from '@kdx/core';
import { z } from 'zod';
import { kdxError } from './errors.js';
import { EventFile } from './event-file.js';

export const tensorboardOptions = z.strictObject({});

export type TensorboardOptions = z.input<typeof tensorboardOptions>;

/**
 * Observes a run and writes an event file for TensorBoard into its folder. It follows `events.jsonl`, so what a resume cuts
 * from that is in no event file either. What cannot be written is a warning of the run, and is tried again.
 */
export const tensorboard = definePlugin({
  name: 'tensorboard',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: 'observer: losses, weights, learning rate and accuracies for TensorBoard',
  offers: ['observer'],
  options: tensorboardOptions,
  setup(ctx) {
    const refusal = kdxError(
      'KDX_TENSORBOARD_FOLDER',
      'The run keeps nothing on disk, so neither are event files; give it a folder with --out.',
    );
    followLog(ctx, (directory) => new EventFile(directory), refusal);
  },
});
