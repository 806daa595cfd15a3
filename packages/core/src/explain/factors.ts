import type { ComposedTerm, Composition } from '../compose/composition.js';
import type { Schedule } from '../contracts/schedule.js';
import type { ExplainedSymbol } from './explanation.js';

/**
 * A factor in front of a term: a number, or a symbol for what changes over the run.
 *
 * A schedule names itself where its text reads `α(e) = 0.5 → 1 over epochs 25…29`, and stands as it is where it is made
 * of such names, `(1 − α(e))/(1 − α₁)`; any other gets a name of ours, `w_hint(e)`, and its text is the definition.
 */
type Factor = { readonly value: number } | { readonly symbol: string };

const NAMED = /^(\p{L}[\p{L}\p{N}_']*\(e\)) = (.+)$/su;
const MADE_OF_NAMES = /\p{L}[\p{L}\p{N}_']*\(e\)/u;

/** Names the factors of a run, each symbol once. */
export class Factors {
  readonly #definitions = new Map<string, ExplainedSymbol>();

  constructor(private readonly composition: Pick<Composition, 'balance' | 'balanceOwner' | 'terms'>) {}

  /** What the symbols stand for, in the order in which they were met. */
  get symbols(): readonly ExplainedSymbol[] {
    return [...this.#definitions.values()];
  }

  balance({ group }: ComposedTerm): Factor {
    const { balance, balanceOwner } = this.composition;
    const value = group === 'aux' ? 1 : (balance[group] ?? 1);
    return this.#factor(value, `b_${group}`, `balance of ${group}, by ${balanceOwner}`);
  }

  weight({ id, plugin, weight }: ComposedTerm): Factor {
    const tail = id.slice(plugin.length + 1);
    const shared = this.composition.terms.some((term) => term.id !== id && term.id.endsWith(`/${tail}`));
    return this.#factor(weight, `w_${shared ? id : tail}`, `weight of ${id}`);
  }

  #factor(value: Schedule | number, name: string, of: string): Factor {
    if (typeof value === 'number') return { value };
    const { text } = value;
    if (text.trim() !== '' && Number.isFinite(Number(text))) return { value: Number(text) };
    const [, symbol, definition] = NAMED.exec(text) ?? [];
    if (symbol !== undefined) {
      const known = this.#definitions.get(symbol);
      if (known === undefined || known.definition === definition) return this.#define(symbol, definition, of);
      // Two plugins may both call something α.
      return this.#define(`${name}(e)`, definition, of);
    }
    if (MADE_OF_NAMES.test(text)) return { symbol: text };
    return this.#define(`${name}(e)`, text, of);
  }

  #define(symbol: string, definition: string, of: string): Factor {
    if (!this.#definitions.has(symbol)) this.#definitions.set(symbol, { symbol, definition, of });
    return { symbol };
  }
}

/** A factor as it stands in a product. */
export const factorText = (factor: Factor): string =>
  'value' in factor ? shortNumber(factor.value) : bracketed(factor.symbol);

/** A term with its factors: numbers multiplied into one, then the symbols, then the formula. */
export function summand(factors: readonly Factor[], formula: string): string {
  let product = 1;
  const symbols: string[] = [];
  for (const factor of factors) {
    if ('value' in factor) product *= factor.value;
    else symbols.push(bracketed(factor.symbol));
  }
  const front = [...(product === 1 ? [] : [shortNumber(product)]), ...symbols];
  return [...front, front.length > 0 ? bracketed(formula) : formula].join(' · ');
}

/** Four significant digits: what a person compares with a paper. The exact value is in `weights`. */
const shortNumber = (value: number): string => String(Number(value.toPrecision(4)));

const bracketed = (text: string): string => (isSum(text) ? `(${text})` : text);

/** Whether a plus or minus stands outside all brackets. */
function isSum(text: string): boolean {
  let depth = 0;
  for (let i = 1; i < text.length; i++) {
    if ('([{'.includes(text[i - 1])) depth += 1;
    else if (')]}'.includes(text[i - 1])) depth -= 1;
    if (depth === 0 && text[i - 1] === ' ' && '+−-'.includes(text[i]) && text[i + 1] === ' ') return true;
  }
  return false;
}
