import { definePlugin, followLog } from '@kdx/core';
import { z } from 'zod';
import { CsvFiles } from './csv-files.js';
import { kdxError } from './errors.js';

export const csvOptions = z.strictObject({
  delimiter: z
    .enum([',', ';', '\t'])
    .default(',')
    .describe('between columns; ";" for an Excel whose numbers have a decimal comma'),
});

export type CsvOptions = z.input<typeof csvOptions>;

/**
 * Observes a run and writes `steps.csv`, `epochs.csv` and `scores.csv` into its folder. They follow `events.jsonl`, so what
 * a resume cuts from that goes from them too. What cannot be written is a warning of the run, and is tried again.
 */
export const csv = definePlugin({
  name: 'csv',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: 'observer: losses, weights, learning rate and accuracies as CSV files',
  offers: ['observer'],
  options: csvOptions,
  setup(ctx, { delimiter }) {
    const refusal = kdxError(
      'KDX_CSV_FOLDER',
      'The run keeps nothing on disk, so neither are CSV files; give it a folder with --out.',
    );
    followLog(ctx, (directory) => new CsvFiles(directory, delimiter), refusal);
  },
});
