/** What is wrong with a text that should be JSON. */
export interface JsonFault {
  /** Index of the character. */
  readonly at: number;
  /** What is wrong there, without the position. */
  readonly what: string;
}

/** Nothing that kdx writes is nested deeper than about ten levels; recursive code downstream copes with this many. */
const MAX_DEPTH = 100;

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON texts take none of these.
const TEXT = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** The end of what `pattern` matches at `at`, or -1. */
function endOf(pattern: RegExp, json: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(json) ? pattern.lastIndex : -1;
}

/**
 * The first fault of a text that should be JSON: of syntax, or what `JSON.parse` accepts and changes silently. It keeps
 * the last of two equal keys, turns 1e999 into Infinity, and a key `__proto__` becomes the prototype of the next object
 * that it is assigned to.
 * @returns undefined for a sound text
 */
export function findFault(json: string): JsonFault | undefined {
  /** Keys of each open object; undefined for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let at = endOf(SPACE, json, 0);
  let expected: 'value' | 'value or end' | 'key' | 'key or end' | 'after value' = 'value';
  const fault = (what: string, where = at): JsonFault => ({ at: where, what });
  const syntax = (wanted: string): JsonFault =>
    fault(at === json.length ? 'the text ends too early' : `${wanted} is expected, not ${shown(json, at)}`);
  for (;;) {
    const character = json[at];
    const keys = open.at(-1);
    if (expected === 'after value') {
      if (open.length === 0) return at === json.length ? undefined : syntax('the end');
      if (character === ',') expected = keys ? 'key' : 'value';
      else if (character === (keys ? '}' : ']')) open.pop();
      else return syntax(keys ? '"," or "}"' : '"," or "]"');
      at += 1;
    } else if (keys && expected !== 'value') {
      if (character === '}' && expected === 'key or end') {
        open.pop();
        expected = 'after value';
        at += 1;
      } else {
        const end = endOf(TEXT, json, at);
        if (end < 0) return syntax('a key in double quotes');
        const key = JSON.parse(json.slice(at, end)) as string;
        if (key === '__proto__') return fault('there is no key "__proto__"');
        if (keys.has(key)) return fault(`the key "${key}" is there twice`);
        keys.add(key);
        at = endOf(SPACE, json, end);
        if (json[at] !== ':') return syntax('":"');
        at += 1;
        expected = 'value';
      }
    } else if (character === ']' && expected === 'value or end') {
      open.pop();
      expected = 'after value';
      at += 1;
    } else if (character === '{' || character === '[') {
      if (open.length === MAX_DEPTH) return fault(`more than ${MAX_DEPTH} objects and lists are nested`);
      open.push(character === '{' ? new Set() : undefined);
      expected = character === '{' ? 'key or end' : 'value or end';
      at += 1;
    } else {
      const end = Math.max(endOf(TEXT, json, at), endOf(NUMBER, json, at), endOf(WORD, json, at));
      if (end < 0) return syntax('a value');
      if (character !== '"' && Math.abs(Number(json.slice(at, end))) === Number.POSITIVE_INFINITY) {
        return fault(`the number ${json.slice(at, Math.min(end, at + 20))} is too large`);
      }
      expected = 'after value';
      at = end;
    }
    at = endOf(SPACE, json, at);
  }
}

/** The word at an index, for a person. */
function shown(json: string, at: number): string {
  const [word] = /^(?:[\w.+-]{1,20}|.)/su.exec(json.slice(at, at + 24)) as RegExpExecArray;
  return JSON.stringify(word);
}
