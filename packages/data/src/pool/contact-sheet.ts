import { didYouMean } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { encodePng } from '../images/encode.js';
import type { Pool } from './open-pool.js';
import type { PoolEntry } from './pool-entry.js';

export interface ContactSheetOptions {
  /** Classes by index or name, one row each, or how many of the first ones. Default 10. */
  readonly classes?: number | readonly (number | string)[];
  /** Images of a row: the first of the class by key. Default 10. */
  readonly columns?: number;
  /** Pixels of the sheet for one of an image, whole. Default 3. */
  readonly scale?: number;
  /** Images to choose from, in order. Default all of the pool. */
  readonly entries?: readonly PoolEntry[];
}

export interface ContactSheet {
  /** Self-contained: the images as one PNG inside, the names of the classes as text beside the rows. */
  readonly svg: string;
  /** The images alone. */
  readonly png: Uint8Array;
}

/** Pixels between images and around them. */
const GAP = 2;
const FONT_SIZE = 12;
/** Width of a letter for its height, on the wide side for sans-serif fonts. */
const LETTER = 0.62;
const WHITE = 255;

/**
 * Images of a pool side by side, a row for each class; places without an image stay white.
 * @throws KdxError `KDX_POOL_CLASS` for a class that the pool does not have, `KDX_POOL_BROKEN`
 */
export async function contactSheet(pool: Pool, options: ContactSheetOptions = {}): Promise<ContactSheet> {
  const { columns = 10, scale = 3, entries = pool.entries } = options;
  const { classNames, imageSize } = pool.description;
  const rows = rowsOf(options.classes ?? 10, classNames);
  const [height, width, channels] = imageSize;
  const [stepY, stepX] = [height * scale + GAP, width * scale + GAP];
  const [sheetHeight, sheetWidth] = [rows.length * stepY + GAP, columns * stepX + GAP];
  const sheet = new Uint8Array(sheetHeight * sheetWidth * channels).fill(WHITE);
  for (const [row, target] of rows.entries()) {
    const images = entries.filter((entry) => entry.target === target).slice(0, columns);
    for (const [column, entry] of images.entries()) {
      const pixels = await pool.read(entry);
      for (let y = 0; y < height * scale; y += 1) {
        for (let x = 0; x < width * scale; x += 1) {
          const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
          const to = (GAP + row * stepY + y) * sheetWidth + GAP + column * stepX + x;
          sheet.set(pixels.subarray(from, from + channels), to * channels);
        }
      }
    }
  }
  const png = await encodePng(sheet, [sheetHeight, sheetWidth, channels]);
  const names = rows.map((target) => classNames[target]);
  return { png, svg: svgOf(png, [sheetHeight, sheetWidth], names, stepY) };
}

function svgOf(
  png: Uint8Array,
  [height, width]: readonly [number, number],
  names: readonly string[],
  stepY: number,
): string {
  const longest = Math.max(0, ...names.map((name) => [...name].length));
  const margin = Math.ceil(longest * FONT_SIZE * LETTER) + 2 * GAP;
  const total = margin + width;
  const labels = names.map((name, row) => {
    const y = GAP + row * stepY + (stepY - GAP) / 2;
    return `  <text x="${margin - GAP}" y="${y}">${escaped(name)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total}" height="${height}" viewBox="0 0 ${total} ${height}" font-family="sans-serif" font-size="${FONT_SIZE}" text-anchor="end" dominant-baseline="central">`,
    `  <rect width="${total}" height="${height}" fill="#fff"/>`,
    `  <image x="${margin}" width="${width}" height="${height}" style="image-rendering: pixelated" href="data:image/png;base64,${Buffer.from(png).toString('base64')}"/>`,
    ...labels,
    '</svg>',
    '',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A name as XML text. Control characters, which XML 1.0 has no way to write, become U+FFFD. */
const escaped = (name: string): string =>
  name
    .replace(/[&<>"]/g, (letter) => ENTITIES[letter])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in XML
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');

function rowsOf(classes: number | readonly (number | string)[], names: readonly string[]): number[] {
  if (typeof classes === 'number') {
    return Array.from({ length: Math.min(classes, names.length) }, (_, target) => target);
  }
  return classes.map((wanted) => {
    const target = typeof wanted === 'number' ? wanted : names.indexOf(wanted);
    if (target in names) return target;
    const hint = typeof wanted === 'string' ? didYouMean(wanted, names) : '';
    throw kdxError(
      'KDX_POOL_CLASS',
      `The pool has no class ${JSON.stringify(wanted)} among its ${names.length}; name one of them, or its index.${hint}`,
    );
  });
}
