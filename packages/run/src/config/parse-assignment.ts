import { messageOf, parseJson } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/**
 * What one `--set path=value` says, e.g. `{ optimizer: { weightDecay: 0.1 } }`. The value is JSON where it parses as such,
 * otherwise text.
 * @throws KdxError `KDX_SET` for what is not `path=value`, and for JSON with a key twice or `__proto__`
 */
export function parseAssignment(assignment: string): Record<string, unknown> {
  const equals = assignment.indexOf('=');
  const path = assignment.slice(0, equals).split('.');
  if (equals < 1 || path.some((part) => part === '' || part === '__proto__')) {
    throw kdxError(
      'KDX_SET',
      `--set takes path=value, e.g. --set optimizer.weightDecay=0.1, and got "${assignment}".`,
    );
  }
  const value = parseValue(assignment.slice(equals + 1), assignment);
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

function parseValue(text: string, assignment: string): unknown {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  try {
    return parseJson(text);
  } catch (cause) {
    throw kdxError(
      'KDX_SET',
      `The value of --set ${assignment.slice(0, 120)} is not taken: ${messageOf(cause)}.`,
      {
        cause,
      },
    );
  }
}
