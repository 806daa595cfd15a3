import { readFileSync } from 'node:fs';

/**
 * The text of a UTF-8 file, without the byte order mark that some editors put first.
 * @throws Error that says in a few words why the file is not a text: a folder, empty, UTF-16, binary, unreadable
 */
export function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new Error(reasonOf(cause as NodeJS.ErrnoException), { cause });
  }
  if (bytes.length === 0) throw new Error('it is empty');
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new Error('it is UTF-16; save it as UTF-8');
  }
  if (bytes.includes(0)) throw new Error('it has NUL bytes, so it is not a UTF-8 text');
  try {
    // Fatal: a wrong byte would become a replacement character silently. A leading byte order mark is dropped.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8', { cause });
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'reading it is not permitted';
  return message;
}
