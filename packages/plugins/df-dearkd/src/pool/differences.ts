type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Where two JSON values differ, each as `path is A there and B here`.
 * @param there what was written down
 * @param here what is wanted now
 */
export function differences(there: Json | undefined, here: Json | undefined, path = ''): string[] {
  const [a, b] = [fieldsOf(there), fieldsOf(here)];
  if (a === undefined || b === undefined || Array.isArray(there) !== Array.isArray(here)) {
    return text(there) === text(here) ? [] : [`${path} is ${text(there)} there and ${text(here)} here`];
  }
  if (Array.isArray(there) && Array.isArray(here)) {
    // A list is told whole while it is short, else by what is first another.
    const first = [...there.keys(), ...here.keys()].find((i) => text(there[i]) !== text(here[i]));
    if (first === undefined) return [];
    if (there.length === here.length && there.length > 8) {
      return differences(there[first], here[first], `${path}.${first}`);
    }
    if (there.length > 8 || here.length > 8) {
      return [`${path} has ${there.length} entries there and ${here.length} here`];
    }
    return [`${path} is ${text(there)} there and ${text(here)} here`];
  }
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => differences(a[key], b[key], path === '' ? key : `${path}.${key}`));
}

const fieldsOf = (value: Json | undefined): Readonly<Record<string, Json | undefined>> | undefined =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, Json | undefined>>)
    : undefined;

const text = (value: Json | undefined): string => (value === undefined ? 'not set' : JSON.stringify(value));
