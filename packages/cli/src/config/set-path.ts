import { KdxError } from '@kdx/core';

/**
 * Applies one `--set path=value` to a config. The value is JSON where it parses as such, else text.
 * @throws KdxError `KDX_SET` for what is not `path=value`
 */
export function setPath(config: Record<string, unknown>, assignment: string): void {
  const equals = assignment.indexOf('=');
  const path = assignment.slice(0, equals).split('.');
  if (equals < 1 || path.some((part) => part === '' || part === '__proto__')) {
    throw new KdxError(
      'KDX_SET',
      `--set takes path=value, e.g. --set optimizer.weightDecay=0.1, and got "${assignment}".`,
    );
  }
  let target = config;
  for (const part of path.slice(0, -1)) {
    const next = target[part];
    // A bare name such as optimizer=sgd becomes an object when one of its options is set.
    if (typeof next === 'string') target[part] = { [part === 'schedule' ? 'type' : 'name']: next };
    else if (typeof next !== 'object' || next === null) target[part] = {};
    target = target[part] as Record<string, unknown>;
  }
  target[path.at(-1) as string] = parseValue(assignment.slice(equals + 1));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
