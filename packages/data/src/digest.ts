import { createHash } from 'node:crypto';

/** SHA-256 in hex over parts with their lengths, so that no two lists of parts run into each other. */
export function digestOf(parts: Iterable<string | ArrayBufferView>): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : bytesOf(part);
    hash.update(`${bytes.byteLength}:`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
