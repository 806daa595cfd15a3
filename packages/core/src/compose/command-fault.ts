/** What keeps a value from being the list of a plugin's commands, as the end of a sentence that begins with its name; undefined when nothing does. */
export function commandFault(commands: unknown): string | undefined {
  if (commands === undefined) return undefined;
  if (!Array.isArray(commands)) return 'has commands that are not a list';
  for (const command of commands as ({ readonly [key: string]: unknown } | null)[]) {
    const isNamed = typeof command?.name === 'string' && /^[a-z][\w-]*$/.test(command.name);
    if (!isNamed) return 'has a command whose name is not one word in lower case';
    if (typeof command.summary !== 'string' || typeof command.load !== 'function')
      return `has a command "${command.name}" without a summary or load()`;
  }
  return undefined;
}
