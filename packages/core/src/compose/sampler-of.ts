import { checkedSampler } from '../batch/samplers.js';
import type { Sampler } from '../contracts/sampler.js';
import { kdxError } from '../errors.js';
import type { RunSettings } from '../settings/settings.js';

/**
 * The sampler of the plugin that holds the slot, if any does.
 * @throws KdxError `KDX_SAMPLER`; `KDX_SLOT_RESERVED` beside `shuffle=false`, which says what the sampler decides
 */
export function samplerOf(
  held: { readonly plugin: string; readonly value: unknown } | undefined,
  { shuffle }: Pick<RunSettings, 'shuffle'>,
): Sampler | undefined {
  if (!held) return undefined;
  const sampler = checkedSampler(held.value, held.plugin);
  if (shuffle) return sampler;
  throw kdxError(
    'KDX_SLOT_RESERVED',
    `Plugin "${held.plugin}" chooses the order of the images, which shuffle=false would too; leave out one of them.`,
  );
}
