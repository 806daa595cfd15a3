import { fileURLToPath } from 'node:url';

/** Plugins that do not come with kdx, by the folder or file that they were loaded from. */
const foreign = new Map<string, string>();

/** Remembers where a plugin of someone else is from, so that a stack can be traced to it. */
export function rememberForeign(plugin: string, place: string): void {
  foreign.set(place, plugin);
}

/** Where an error was thrown, if that is in a plugin that does not come with kdx. */
export interface ForeignFile {
  readonly plugin: string | undefined;
  /** `file:line:column`. */
  readonly place: string | undefined;
}

/** The plugin whose file is on the stack of an error; undefined where no plugin of others is part of the command. */
export function foreignFile(error: unknown): ForeignFile | undefined {
  if (foreign.size === 0) return undefined;
  for (const place of placesOf(error)) {
    for (const [folder, plugin] of foreign) if (place.startsWith(folder)) return { plugin, place };
  }
  return { plugin: undefined, place: undefined };
}

/** Every `file:line:column` of a stack, top first. */
function placesOf(error: unknown): string[] {
  let stack: unknown;
  try {
    stack = error instanceof Error ? error.stack : undefined;
  } catch {
    // A getter that throws.
  }
  if (typeof stack !== 'string') return [];
  return [...stack.matchAll(/(file:\/\/\S+?|\/\S+?|[A-Z]:\\\S+?):(\d+):(\d+)/g)].map(
    ([, file, line, column]) => `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}:${column}`,
  );
}
