import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  readonly status?: number;
  readonly values: Readonly<Record<string, number>>;
}

export const eventFiles = (directory: string): string[] =>
  readdirSync(directory).filter((name) => name.includes('tfevents'));

/** CRC-32C bit by bit, by its definition: polynomial 0x1EDC6F41, reflected. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function unmasked(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/**
 * An event file, read by another library (@bufbuild/protobuf) and another CRC than what wrote it.
 * @throws for a record that is not whole or whose checksum does not fit
 */
export function readEventFile(directory: string): ReadEvent[] {
  const names = eventFiles(directory);
  if (names.length !== 1) throw new Error(`there are ${names.length} event files: ${names.join()}`);
  const bytes = readFileSync(join(directory, names[0]));
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    const sums = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12 + length)].map(unmasked);
    if (sums[0] !== crc32c(bytes.subarray(at, at + 8)) || sums[1] !== crc32c(data)) {
      throw new Error(`the checksum of the record at ${at} does not fit`);
    }
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

function readEvent(data: Uint8Array): ReadEvent {
  const reader = new BinaryReader(data);
  const event = { wallTime: 0, step: 0, values: {} as Record<string, number> } as {
    -readonly [K in keyof ReadEvent]: ReadEvent[K];
  } & { values: Record<string, number> };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) event.wallTime = reader.double();
    else if (field === 2) event.step = Number(reader.int64());
    else if (field === 3) event.fileVersion = reader.string();
    else if (field === 5) readSummary(new BinaryReader(reader.bytes()), event.values);
    else if (field === 7) event.status = readStatus(new BinaryReader(reader.bytes()));
    else reader.skip(wire);
  }
  return event;
}

function readSummary(reader: BinaryReader, values: Record<string, number>): void {
  while (reader.pos < reader.len) {
    reader.tag();
    const value = new BinaryReader(reader.bytes());
    let [tag, number] = ['', Number.NaN];
    while (value.pos < value.len) {
      const [field] = value.tag();
      if (field === 1) tag = value.string();
      else number = value.float();
    }
    values[tag] = number;
  }
}

function readStatus(reader: BinaryReader): number {
  reader.tag();
  return reader.int32();
}
