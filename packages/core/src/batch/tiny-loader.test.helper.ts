import { keyedRng } from '@kdx/tensor';
import type { RunRng } from '../contracts/slot.js';
import type { DataSource, HostBatch } from '../index.js';
import { type RunSettingsInput, runSettings } from '../settings/settings.js';
import { tinyTask } from '../train/tiny-task.test.helper.js';
import { BatchLoader } from './batch-loader.js';

/** A loader of batches of 4 unless the settings have another size. */
export function tinyLoader(data: DataSource, given: RunSettingsInput): BatchLoader {
  const settings = runSettings.parse({ batch: 4, ...given });
  const rng: RunRng = (...purpose) => keyedRng(settings.seed, ...purpose);
  return new BatchLoader({ data, settings, rng, sampler: undefined, task: tinyTask });
}

/** A batch that `deepEqual` compares value by value. */
export const plain = ({ indices, images, labels, targets }: HostBatch): number[][] =>
  [indices, images, labels, targets].map((part) => [...part]);
