/** Where plugin API 1.1 has the names that 1.0 had in `@kdx/core`. */
const DOORS = {
  '@kdx/core/run': () => import('@kdx/core/run'),
  '@kdx/core/inspect': () => import('@kdx/core/inspect'),
  '@kdx/tensor': () => import('@kdx/tensor'),
  '@kdx/task-classification': () => import('@kdx/task-classification'),
};

/** The door that exports a name which `@kdx/core` no longer has; undefined if none does. */
export async function doorOf(name: string): Promise<string | undefined> {
  for (const [door, load] of Object.entries(DOORS)) if (name in (await load())) return door;
  return undefined;
}
