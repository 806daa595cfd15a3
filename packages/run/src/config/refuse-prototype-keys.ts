import { kdxError } from '../errors.js';

/**
 * Refuses the key `__proto__` at every level of a config. Assigning it would change an object's prototype, so that what is
 * in it acts as settings that no check sees.
 * @param where named first in the error
 * @throws KdxError `KDX_CONFIG`
 */
export function refusePrototypeKeys(config: unknown, where: string): void {
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (Object.hasOwn(value, '__proto__')) {
      throw kdxError(
        'KDX_CONFIG',
        `${where}: there is no key "${[...path, '__proto__'].join('.')}"; remove it.`,
      );
    }
    // Only data can carry it in; what is inside an instance of a class is the class's own business.
    const prototype: unknown = Object.getPrototypeOf(value);
    if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return;
    for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
  };
  visit(config, []);
}
