import { didYouMean, type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { offeredBy } from './capabilities.js';
import type { ComposedTerm } from './composition.js';
import type { PluginSet } from './resolve-plugins.js';

/** What a plugin made redundant: a term of another, or a capability for all terms of the plugins that offer it. */
export interface Superseding {
  readonly what: string;
  readonly by: string;
  readonly reason: string;
}

/**
 * Switches terms off.
 * @throws KdxError `KDX_SUPERSEDE` for a term of the plugin's own or of what brings it, and for two plugins that supersede
 *   the same capability or each other; `KDX_TERM_UNKNOWN` for what no plugin of this run has
 */
export function supersede(
  terms: Map<string, ComposedTerm>,
  superseded: readonly Superseding[],
  plugins: PluginSet,
): void {
  for (const { what, by, reason } of superseded) {
    const isTerm = what.includes('/');
    for (const term of isTerm ? named(what, by, terms, plugins) : offered(what, by, terms, plugins)) {
      terms.set(term.id, { ...term, superseded: { by, reason } });
    }
    const rival = superseded.find((other) => !isTerm && other.what === what && other.by !== by);
    if (rival && !plugins.brings(rival.by, by) && !plugins.brings(by, rival.by))
      throw rivals(what, by, rival.by);
  }
  const taken = [...terms.values()].flatMap((term) =>
    term.superseded ? [[term.superseded.by, term.plugin]] : [],
  );
  const circle = taken.find(([a, b]) => taken.some(([c, d]) => a === d && b === c));
  if (circle) throw eachOther(circle[0], circle[1]);
}

function offered(
  capability: string,
  by: string,
  terms: ReadonlyMap<string, ComposedTerm>,
  plugins: PluginSet,
): ComposedTerm[] {
  const offers = offeredBy(plugins);
  const known = [...offers.keys()].filter((each) => !each.startsWith('plugin:'));
  if (known.includes(capability)) {
    const owners = offers.get(capability) ?? [];
    return [...terms.values()].filter(
      ({ plugin }) => owners.includes(plugin) && plugin !== by && !plugins.brings(plugin, by),
    );
  }
  throw kdxError(
    'KDX_TERM_UNKNOWN',
    `Plugin "${by}" supersedes "${capability}", which is neither a term such as "kd/logits" nor a capability that a plugin of this run offers (${known.join(', ') || 'none'}).${didYouMean(capability, known)}`,
  );
}

function named(
  id: string,
  by: string,
  terms: ReadonlyMap<string, ComposedTerm>,
  { brings }: PluginSet,
): ComposedTerm[] {
  const term = terms.get(id);
  if (term && term.plugin !== by && !brings(term.plugin, by)) return [term];
  if (term) {
    throw kdxError(
      'KDX_SUPERSEDE',
      `Plugin "${by}" supersedes ${id}, which belongs to it or to what brings it.`,
    );
  }
  const [owner] = id.split('/');
  const others = [...terms.keys()].filter((other) => other.startsWith(`${owner}/`));
  // A term of a plugin that is not part of this run needs no switching off.
  if (others.length === 0) return [];
  throw kdxError(
    'KDX_TERM_UNKNOWN',
    `Plugin "${by}" supersedes ${id}, and "${owner}" has only ${others.join(', ')}.${didYouMean(id, others)}`,
  );
}

const rivals = (capability: string, a: string, b: string): KdxError =>
  kdxError(
    'KDX_SUPERSEDE',
    `Plugins "${a}" and "${b}" each put terms of their own in place of the ${capability}'s; leave one of them out of --plugins.`,
  );

const eachOther = (a: string, b: string): KdxError =>
  kdxError(
    'KDX_SUPERSEDE',
    `Plugins "${a}" and "${b}" supersede each other's terms; leave one of them out of --plugins.`,
  );
