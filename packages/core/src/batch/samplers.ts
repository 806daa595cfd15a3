import { isKdxError, type KdxError, messageOf } from '@kdx/tensor';
import type { SampledData, SampledEpoch, Sampler } from '../contracts/sampler.js';
import { kdxError } from '../errors.js';

const inOrder = ({ images }: SampledData): Int32Array =>
  Int32Array.from({ length: images }, (_, index) => index);

/** Each image once, in the order of the data. */
export const sequential: Sampler = { name: 'sequential', order: inOrder };

/** Each image once, in an order drawn for each epoch. */
export const shuffled: Sampler = { name: 'shuffled', order: (epoch) => epoch.rng.shuffle(inOrder(epoch)) };

/**
 * A plugin's sampler, whose results are checked.
 * @throws KdxError `KDX_SAMPLER` at once, or from its methods, naming the plugin
 */
export function checkedSampler(given: unknown, plugin: string): Sampler {
  const whose = `of plugin "${plugin}"`;
  const sampler = given as Partial<Sampler> | null | undefined;
  if (typeof sampler?.name !== 'string' || sampler.name === '' || typeof sampler.order !== 'function') {
    throw wrong(`The sampler ${whose} has no name or no order(); provide { name, order(epoch) }`);
  }
  const { name } = sampler;
  const called = `Sampler "${name}" ${whose}`;
  const length = (data: SampledData): number => {
    const asked = sampler.length === undefined ? data.images : guarded(called, () => sampler.length?.(data));
    if (Number.isSafeInteger(asked) && (asked as number) > 0) return asked as number;
    throw wrong(`${called} says that an epoch shows ${String(asked)} images; give a whole number above 0`);
  };
  const order = (epoch: SampledEpoch): Int32Array => {
    const given = guarded(called, () => (sampler as Sampler).order(epoch)) as ArrayLike<unknown> | undefined;
    const wanted = length(epoch);
    if (typeof given !== 'object' || given === null || given.length !== wanted) {
      const got =
        typeof given === 'object' && given !== null ? String(given.length ?? 'no list of') : String(given);
      throw wrong(`${called} gave ${got} positions for epoch ${epoch.epoch}, and an epoch shows ${wanted}`);
    }
    const indices = new Int32Array(wanted);
    for (let place = 0; place < wanted; place++) {
      const index = given[place];
      if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= epoch.images) {
        throw wrong(
          `${called} gave the position ${String(index)} in epoch ${epoch.epoch}; positions are whole numbers from 0 to ${epoch.images - 1}`,
        );
      }
      indices[place] = index as number;
    }
    return indices;
  };
  return { name: `${name} of ${plugin}`, length, order };
}

/**
 * Asks a sampler twice for its first epoch, before the first step.
 * @throws KdxError `KDX_SAMPLER` when the two differ: a resumed run would see other images
 */
export function checkRepeatable(sampler: Sampler, epoch: () => SampledEpoch): void {
  const [first, second] = [sampler.order(epoch()), sampler.order(epoch())];
  const place = Array.from(first).findIndex((index, k) => index !== second[k]);
  if (place < 0) return;
  throw wrong(
    `Sampler "${sampler.name}" gives one epoch two orders: position ${place} is ${first[place]}, then ${second[place]}; draw from the rng it is given, and keep nothing between calls`,
  );
}

function guarded<T>(called: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (isKdxError(cause)) throw cause;
    throw kdxError('KDX_SAMPLER', `${called} failed: ${messageOf(cause)}.`, { cause });
  }
}

const wrong = (what: string): KdxError => kdxError('KDX_SAMPLER', `${what}.`);
