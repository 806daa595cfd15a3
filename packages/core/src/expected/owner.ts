/** Which plugin made a model, a recipe or a data source; what comes with kdx or from the caller has no entry. */
const owners = new WeakMap<object, string>();

/** Remembers who made a value, for the messages about it. */
export function ownedBy<T>(value: T, plugin: string | undefined): T {
  if (plugin !== undefined && typeof value === 'object' && value !== null) owners.set(value, plugin);
  return value;
}

export const ownerOf = (value: object): string | undefined => owners.get(value);

/** ` of plugin "x"`, or nothing where no plugin made it. */
export function ofOwner(value: object): string {
  const plugin = owners.get(value);
  return plugin === undefined ? '' : ` of plugin "${plugin}"`;
}
