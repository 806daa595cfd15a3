import { createHash } from 'node:crypto';
import { sampledEpoch } from '../batch/epoch-order.js';
import type { Composition } from '../compose/composition.js';

/**
 * What decides the images of each batch besides seed, batch size and repeats; undefined for the usual order. A sampler is
 * known by its name and by the order that it gives to the first epoch.
 */
export function orderKey({ settings, sampler, data, rng }: Composition): string | undefined {
  const { shuffle, repeatRound, repeatRatio, ranks, rank } = settings;
  if (shuffle && !sampler && ranks === 1 && repeatRound === 1 && repeatRatio === 0) return undefined;
  const parts: Record<string, unknown> = { shuffle, repeatRound, repeatRatio, ranks, rank };
  if (sampler) {
    const order = Int32Array.from(sampler.order(sampledEpoch(data, rng, 0)));
    parts.sampler = sampler.name;
    parts.first = createHash('sha256').update(new Uint8Array(order.buffer)).digest('hex');
  }
  return JSON.stringify(parts);
}
