import { isJsonObject, type KdxError, messageOf, parseJson } from '@kdx/tensor';
import type { KitModel, Minima } from '@kdx/testing';
import { kdxError } from '../errors.js';

/** The kit's students, each with the kit's CNN as its teacher. */
export const STUDENTS = ['cnn', 'vit'] as const satisfies readonly KitModel[];

/** @throws KdxError `KDX_PLUGIN_OPTIONS` naming the flag when the text is no JSON object */
export function objectFor(flag: string): (text: string) => Record<string, unknown> {
  return (text) => {
    const refused = (why: string, cause?: unknown): KdxError =>
      kdxError(
        'KDX_PLUGIN_OPTIONS',
        `${flag} takes a JSON object inside single quotes, as in ${flag} '{"key":1}', and got ${text}.${why}`,
        { cause },
      );
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (cause) {
      throw refused(` It is not JSON: ${messageOf(cause)}.`, cause);
    }
    if (isJsonObject(value)) return value;
    throw refused('');
  };
}

/** @throws KdxError `KDX_PLUGIN_OPTIONS` for a minimum that is neither a number nor a sentence */
export function minimaFor(text: string): Minima {
  const stated = objectFor('--minimum')(text);
  for (const [term, minimum] of Object.entries(stated)) {
    if (typeof minimum === 'number' || typeof minimum === 'string') continue;
    throw kdxError(
      'KDX_PLUGIN_OPTIONS',
      `--minimum takes a number or a sentence for each term and got ${JSON.stringify(minimum)} for ${term}.`,
    );
  }
  return stated as Minima;
}
