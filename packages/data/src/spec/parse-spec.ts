import { optionTwice, wrongSource } from '../errors.js';

/** A data spec taken apart: `family[:source][?option=value&…]`. */
export interface ParsedSpec {
  readonly family: string;
  /** What stands after the first colon; `undefined` without one. */
  readonly source: string | undefined;
  /** Values as written, by option. */
  readonly query: ReadonlyMap<string, string>;
}

/**
 * Takes `cifar100:DIR?train=5000&augment=crop,flip` apart. Values are taken as they are, so `train=10%` needs no escape.
 * @throws KdxError `KDX_DATA_SPEC`, `KDX_DATA_OPTION` for an option that stands twice.
 */
export function parseSpec(spec: string): ParsedSpec {
  const mark = spec.indexOf('?');
  const head = mark < 0 ? spec : spec.slice(0, mark);
  const colon = head.indexOf(':');
  const query = new Map<string, string>();
  for (const pair of mark < 0 ? [] : spec.slice(mark + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals < 1) throw wrongSource(spec, `NAME:SOURCE?option=value&… (see "${pair}")`);
    const option = pair.slice(0, equals).trim();
    if (query.has(option)) throw optionTwice(option, spec);
    query.set(option, pair.slice(equals + 1).trim());
  }
  return {
    family: (colon < 0 ? head : head.slice(0, colon)).trim(),
    source: colon < 0 ? undefined : head.slice(colon + 1).trim(),
    query,
  };
}
