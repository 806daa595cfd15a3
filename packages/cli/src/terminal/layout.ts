/** Characters that a text takes in a terminal; colours take none, nor do marks that sit on a letter. */
const ESC = String.fromCharCode(27);
const COLOUR = new RegExp(`${ESC}\\[[0-9;]*m`, 'g');

export const widthOf = (text: string): number =>
  [...text.replaceAll(COLOUR, '').replaceAll(/\p{M}/gu, '')].length;

export const padTo = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)));

interface ColumnOptions {
  /** Changes the look of the last cell. */
  readonly last?: (text: string) => string;
  /** Default 96: a terminal of 100 columns with room for indents. */
  readonly width?: number;
}

/** Rows as aligned columns, two spaces apart. A last cell for which a row has no room goes below it, to the right. */
export function columns(
  rows: readonly (readonly string[])[],
  { last = (text) => text, width = 96 }: ColumnOptions = {},
): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const room = width - 2 - Math.max(0, ...rows.map((row) => widthOf(row.at(-1) ?? '')));
  const widths = Array.from({ length: count }, (_, k) =>
    Math.max(0, ...rows.map((row) => widthOf(row[k] ?? '')).filter((w) => count !== 2 || w <= room)),
  );
  return rows.flatMap((row) => {
    const front = row
      .slice(0, -1)
      .map((cell, k) => padTo(cell, widths[k]))
      .join('  ');
    const end = row.at(-1) ?? '';
    if (row.length === 1) return [last(end)];
    if (widthOf(front) + 2 + widthOf(end) <= width) return [`${front}  ${last(end)}`.trimEnd()];
    return [front.trimEnd(), `${' '.repeat(Math.max(0, width - widthOf(end)))}${last(end)}`];
  });
}

interface WrapOptions {
  /** In front of the first line. */
  readonly first: string;
  /** In front of all others. */
  readonly rest: string;
  readonly width: number;
}

/** Breaks a text between words; a word that is too long stands alone. */
export function wrapped(text: string, { first, rest, width }: WrapOptions): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
