/** WebAssembly code or any other part of a binary module, as bytes. */
export type Code = readonly number[];

/** Unsigned LEB128. */
export function u32(value: number): Code {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function s32(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

/** A length-prefixed vector of items. */
export const vector = (items: readonly Code[]): Code => [...u32(items.length), ...items.flat()];

/** A length-prefixed block of bytes. */
export const sized = (bytes: Code): Code => [...u32(bytes.length), ...bytes];

/** A length-prefixed name. */
export const name = (text: string): Code => sized([...Buffer.from(text, 'utf8')]);

/** The four bytes of a float32, little-endian. */
export function f32Bytes(value: number): Code {
  const bytes = Buffer.alloc(Float32Array.BYTES_PER_ELEMENT);
  bytes.writeFloatLE(value);
  return [...bytes];
}

/** The four bytes of a 32-bit integer, little-endian. */
export function i32Bytes(value: number): Code {
  const bytes = Buffer.alloc(Int32Array.BYTES_PER_ELEMENT);
  bytes.writeInt32LE(value | 0);
  return [...bytes];
}
