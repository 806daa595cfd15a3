import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { PluginSet } from './resolve-plugins.js';
import { DATA_SOURCE, ENGINES_OWN, SAMPLER } from './tokens.js';

/** What a plugin wants a slot to hold. */
export interface Claim {
  readonly plugin: string;
  readonly value: unknown;
}

/** A claim that gave way to another. */
export interface Yielded {
  readonly slot: symbol;
  readonly plugin: string;
  /** Who holds the slot. */
  readonly to: string;
}

/** Exclusive places of a run. tsyringe overwrites in silence, so claims are settled here before they reach it. */
export class Slots {
  readonly #claims = new Map<symbol, Claim[]>();

  claim(slot: symbol, plugin: string, value: unknown): void {
    const claims = this.#claims.get(slot) ?? [];
    if (claims.some((claim) => claim.plugin === plugin)) throw claimedTwice(slot, plugin);
    claims.push({ plugin, value });
    this.#claims.set(slot, claims);
  }

  /**
   * Who holds each slot: the claimant that brings all others, or wants the same value.
   * @throws KdxError `KDX_SLOT_TWICE` naming two plugins of which neither brings the other.
   */
  settle(plugins: Pick<PluginSet, 'brings' | 'told'>): Map<symbol, Claim> {
    const held = new Map<symbol, Claim>();
    for (const [slot, claims] of this.#claims) {
      const winner = claims.find((claim) =>
        claims.every(
          (other) => other === claim || isSame(other, claim) || plugins.brings(claim.plugin, other.plugin),
        ),
      );
      if (!winner) {
        const [a, b] = contenders(claims, plugins.brings);
        throw claimedByTwo(slot, plugins.told(a), plugins.told(b));
      }
      held.set(slot, winner);
    }
    return held;
  }

  /** Claims of another value than that of the slot's holder. */
  yielded(held: ReadonlyMap<symbol, Claim>): Yielded[] {
    return [...this.#claims].flatMap(([slot, claims]) => {
      const holder = held.get(slot);
      if (!holder) return [];
      return claims
        .filter((claim) => claim !== holder && !isSame(claim, holder))
        .map(({ plugin }) => ({ slot, plugin, to: holder.plugin }));
    });
  }
}

/**
 * Refuses claims that would come to nothing.
 * @param early what was held when the data was opened; left out at that time itself
 * @throws KdxError `KDX_SLOT_RESERVED`, `KDX_SLOT_LATE`
 */
export function checkSlots(held: ReadonlyMap<symbol, Claim>, early: ReadonlyMap<symbol, Claim> = held): void {
  for (const [slot, { plugin, value }] of held) {
    if (ENGINES_OWN.includes(slot)) {
      throw kdxError(
        'KDX_SLOT_RESERVED',
        `Plugin "${plugin}" claims ${slotName(slot)}, which a run makes itself; use a hook or adaptStudent() instead.`,
      );
    }
    if ((slot === DATA_SOURCE || slot === SAMPLER) && early.get(slot)?.value !== value) {
      throw kdxError(
        'KDX_SLOT_LATE',
        `Plugin "${plugin}" claims ${slotName(slot)} in setup(), when the data is open; claim it in configure().`,
      );
    }
  }
}

/** Whether two want the same, such as the class head evaluated. */
const isSame = (a: Claim, b: Claim): boolean => typeof a.value === 'string' && a.value === b.value;

function contenders(claims: readonly Claim[], brings: (a: string, b: string) => boolean): [string, string] {
  const names = claims.map(({ plugin }) => plugin).sort();
  for (const a of names) {
    for (const b of names) {
      if (a < b && !brings(a, b) && !brings(b, a)) return [a, b];
    }
  }
  return [names[0], names[1]];
}

export const slotName = (slot: symbol): string => (slot.description ?? 'slot').replace(/^kdx:/, '');

/** `LossBalance` as words: loss balance. */
export const slotWords = (slot: symbol): string =>
  slotName(slot)
    .replaceAll(/\B[A-Z]/g, ' $&')
    .toLowerCase();

const claimedTwice = (slot: symbol, plugin: string): KdxError =>
  kdxError(
    'KDX_SLOT_TWICE',
    `Plugin "${plugin}" claims ${slotName(slot)} twice; claim it once, in configure() or in setup().`,
  );

const claimedByTwo = (slot: symbol, a: string, b: string): KdxError =>
  kdxError(
    'KDX_SLOT_TWICE',
    `Plugins ${a} and ${b} both claim ${slotName(slot)}, and neither brings the other; leave one of them out of --plugins.`,
  );
