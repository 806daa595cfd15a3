import { createHash } from 'node:crypto';
import { kdxError } from '../errors.js';

/** In characters; tables and legends have no room for more. */
export const LONGEST_NAME = 100;
/** In bytes; file systems end at 255, and a file's ending comes on top. */
const LONGEST_FOLDER = 160;

/** Control characters, line separators, halves of characters, and marks that turn the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
/** What every file system and shell takes as it is. */
const PLAIN = /[\p{L}\p{M}\p{N}_.+=-]/u;

/**
 * Refuses names that a reader could not see or a table could not hold.
 * @throws KdxError `KDX_CONFIG`
 */
export function checkArmName(name: string, where: string): void {
  const why =
    name.trim() === ''
      ? 'an arm needs a name'
      : name !== name.trim()
        ? `the arm "${name}" begins or ends with a space`
        : UNPRINTABLE.test(name)
          ? `an arm's name is text that can be printed, and got ${JSON.stringify(name)}`
          : [...name].length > LONGEST_NAME
            ? `an arm's name has at most ${LONGEST_NAME} characters, and "${name}" has ${[...name].length}`
            : undefined;
  if (why !== undefined) throw kdxError('KDX_CONFIG', `${where}: ${why}; give it another name.`);
}

/**
 * Refuses arms that would share a folder where file systems ignore case or the form of accents.
 * @throws KdxError `KDX_CONFIG`
 */
export function checkArmNames(names: Iterable<string>, where: string): void {
  const known = new Map<string, string>();
  for (const name of names) {
    const folded = name.normalize('NFC').toLowerCase();
    const other = known.get(folded);
    if (other !== undefined) {
      throw kdxError(
        'KDX_CONFIG',
        `${where}: the arms "${other}" and "${name}" differ only in capitals or accents' form, and some file systems would give them one folder; rename one.`,
      );
    }
    known.set(folded, name);
  }
}

/** An arm in a sentence: in quotes where the name alone could be read as more than one word, or as several arms. */
export const armText = (name: string): string =>
  [...name].every((each) => PLAIN.test(each)) ? name : `"${name}"`;

/**
 * The folder of an arm: its name, with everything that a file system or shell could misread as `%` and two hexadecimal
 * digits per byte of UTF-8. A name without such characters is its own folder.
 */
export function armFolder(name: string): string {
  const encoded = [...name]
    .map((character, k) => (isPlain(character, k, name) ? character : percentEncoded(character)))
    .join('');
  if (Buffer.byteLength(encoded) <= LONGEST_FOLDER) return encoded;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  let start = '';
  for (const part of encoded.match(/(?:%[0-9A-F]{2})+|./gsu) ?? []) {
    if (Buffer.byteLength(start + part) > LONGEST_FOLDER - hash.length - 1) break;
    start += part;
  }
  return `${start}~${hash}`;
}

/** Folders that begin with a dot are hidden, and `.` and `..` are others; Windows drops a dot at the end. */
const isPlain = (character: string, k: number, name: string): boolean =>
  PLAIN.test(character) && !(character === '.' && (k === 0 || k === name.length - 1));

const percentEncoded = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
