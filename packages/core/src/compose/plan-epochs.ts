import { EpochOrder, sampledEpoch } from '../batch/epoch-order.js';
import { checkRepeats } from '../batch/repeated-augmentation.js';
import { checkRepeatable } from '../batch/samplers.js';
import type { DataSource } from '../contracts/data.js';
import type { Sampler } from '../contracts/sampler.js';
import type { RunRng } from '../contracts/slot.js';
import type { RunSettings } from '../settings/settings.js';
import { checkSteps } from './checks.js';

interface EpochParts {
  readonly data: DataSource;
  readonly settings: RunSettings;
  readonly rng: RunRng;
  readonly sampler: Sampler | undefined;
}

/**
 * How many images an epoch shows, and in how many steps.
 * @throws KdxError `KDX_DATA_SMALL`, `KDX_DATA_EMPTY`, `KDX_SAMPLER`
 */
export function planEpochs(parts: EpochParts): { readonly showings: number; readonly stepsPerEpoch: number } {
  const { data, settings, rng, sampler } = parts;
  const { showings } = new EpochOrder(parts);
  checkRepeats(settings, { name: data.name, images: data.train.length, showings });
  const stepsPerEpoch = checkSteps(settings, data, showings);
  if (sampler) checkRepeatable(sampler, () => sampledEpoch(data, rng, 0));
  return { showings, stepsPerEpoch };
}
