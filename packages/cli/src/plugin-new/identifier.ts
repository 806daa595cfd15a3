/** Words that no constant of a module can have for a name. */
const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public ' +
    'return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/**
 * What a plugin is called in code: `my-hint` is `myHint`; with `Method` at its end where that is a word of the language or
 * of the code around it.
 */
export function identifierOf(plugin: string, code: readonly string[]): string {
  const name = plugin.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const isTaken = RESERVED.has(name) || code.some((text) => new RegExp(`\\b${name}\\b`).test(text));
  return isTaken ? `${name}Method` : name;
}
