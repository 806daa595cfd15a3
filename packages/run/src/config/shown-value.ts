/** Characters of a value that an error shows. */
const MOST = 120;

/**
 * A value of a config as an error shows it: JSON where that is short, otherwise what kind of thing it is. A data source,
 * a model or a plugin holds far more than a sentence should.
 */
export function shownValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (typeof value === 'string') {
    return JSON.stringify(value.length > MOST ? `${value.slice(0, MOST - 1)}…` : value);
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const text = isData(value, 0) ? JSON.stringify(value) : '';
  if (text !== '' && text.length <= MOST) return text;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const keys = Object.keys(value);
  const some = keys.slice(0, 6).join(', ').slice(0, MOST);
  const kind = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
  return `an object${kind === 'Object' ? '' : ` of class ${kind}`} with ${keys.length === 0 ? 'no keys' : `the keys ${some}${keys.length > 6 ? ', …' : ''}`}`;
}

/** Whether a value is nothing but JSON, and shallow enough to be shown. */
function isData(value: unknown, depth: number): boolean {
  if (depth > 6) return false;
  if (typeof value !== 'object' || value === null) {
    return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  const entries = Object.values(value);
  return entries.length <= MOST && entries.every((entry) => isData(entry, depth + 1));
}
