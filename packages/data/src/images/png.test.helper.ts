import { crc32, deflateSync } from 'node:zlib';

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** PNG colour types: grey, RGB, grey with alpha, RGB with alpha. */
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2, 2: 4, 4: 6 };

/**
 * A PNG written from the specification (ISO/IEC 15948), every row unfiltered.
 * @param samples `[H, W, C]`
 * @param depth bits of a sample
 */
export function png(
  samples: readonly number[],
  [height, width, channels]: readonly [number, number, number],
  depth: 8 | 16 = 8,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, COLOUR_TYPES[channels], 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_, y) => {
    const row = samples.slice(y * width * channels, (y + 1) * width * channels);
    return [0, ...row.flatMap((value) => (depth === 8 ? [value] : [value >> 8, value & 255]))];
  });
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
