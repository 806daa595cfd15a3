/**
 * The first key that occurs twice in one object of `json`, at any depth. `JSON.parse` keeps the last of them in
 * silence, and two readers that keep different ones see different weights. `json` must be valid JSON.
 */
export function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i += 1) {
    if (json[i] === '{') open.push(new Set());
    else if (json[i] === '}') open.pop();
    else if (json[i] === '"') {
      const end = endOfText(json, i);
      if (isBeforeColon(json, end)) {
        const name = JSON.parse(json.slice(i, end)) as string;
        const seen = open[open.length - 1];
        if (seen.has(name)) return name;
        seen.add(name);
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** Index after the closing quote of the text that opens at `start`. */
function endOfText(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
}

function isBeforeColon(json: string, start: number): boolean {
  let i = start;
  while (json[i] === ' ' || json[i] === '\n' || json[i] === '\r' || json[i] === '\t') i += 1;
  return json[i] === ':';
}
