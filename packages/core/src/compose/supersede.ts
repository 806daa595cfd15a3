import { TERM_GROUPS } from '../contracts/term.js';
import { didYouMean } from '../errors/did-you-mean.js';
import { KdxError } from '../errors/kdx-error.js';
import type { ComposedTerm } from './composition.js';

/** What a plugin made redundant: a term of another, or a group for all that others have in it. */
export interface Superseding {
  readonly what: string;
  readonly by: string;
  readonly reason: string;
}

type Brings = (plugin: string, other: string) => boolean;

/**
 * Switches terms off.
 * @throws KdxError `KDX_SUPERSEDE` for a term of the plugin's own or of what brings it, and for two plugins that supersede
 *   each other's; `KDX_TERM_UNKNOWN` for a term that a plugin of this run does not have
 */
export function supersede(
  terms: Map<string, ComposedTerm>,
  superseded: readonly Superseding[],
  brings: Brings,
): void {
  for (const { what, by, reason } of superseded) {
    const isGroup = (TERM_GROUPS as readonly string[]).includes(what);
    for (const term of isGroup ? othersIn(what, by, terms, brings) : namedBy(what, by, terms, brings)) {
      terms.set(term.id, { ...term, superseded: { by, reason } });
    }
    const rival = isGroup && superseded.find((other) => other.what === what && other.by !== by);
    if (rival && !brings(rival.by, by) && !brings(by, rival.by)) throw mutual(what, by, rival.by);
  }
}

const othersIn = (
  group: string,
  by: string,
  terms: ReadonlyMap<string, ComposedTerm>,
  brings: Brings,
): ComposedTerm[] =>
  [...terms.values()].filter(
    (term) => term.group === group && term.plugin !== by && !brings(term.plugin, by),
  );

function namedBy(
  id: string,
  by: string,
  terms: ReadonlyMap<string, ComposedTerm>,
  brings: Brings,
): ComposedTerm[] {
  const term = terms.get(id);
  if (term && term.plugin !== by && !brings(term.plugin, by)) return [term];
  if (term) {
    throw new KdxError(
      'KDX_SUPERSEDE',
      `Plugin "${by}" supersedes ${id}, which belongs to it or to what brings it.`,
    );
  }
  const [owner] = id.split('/');
  const others = [...terms.keys()].filter((other) => other.startsWith(`${owner}/`));
  // A term of a plugin that is not part of this run needs no switching off.
  if (others.length === 0) return [];
  throw new KdxError(
    'KDX_TERM_UNKNOWN',
    `Plugin "${by}" supersedes ${id}, and "${owner}" has only ${others.join(', ')}.${didYouMean(id, others)}`,
  );
}

const mutual = (group: string, a: string, b: string): KdxError =>
  new KdxError(
    'KDX_SUPERSEDE',
    `Plugins "${a}" and "${b}" each put their own terms of the group ${group} in place of all others'; leave one of them out of --plugins.`,
  );
