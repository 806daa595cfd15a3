import { KdxError } from '@kdx/core';

/**
 * What one `--set path=value` says, e.g. `{ optimizer: { weightDecay: 0.1 } }`. The value is JSON where it parses as such,
 * else text.
 * @throws KdxError `KDX_SET` for what is not `path=value`
 */
export function parseAssignment(assignment: string): Record<string, unknown> {
  const equals = assignment.indexOf('=');
  const path = assignment.slice(0, equals).split('.');
  if (equals < 1 || path.some((part) => part === '' || part === '__proto__')) {
    throw new KdxError(
      'KDX_SET',
      `--set takes path=value, e.g. --set optimizer.weightDecay=0.1, and got "${assignment}".`,
    );
  }
  const value = parseValue(assignment.slice(equals + 1));
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
