import { crc32 } from 'node:zlib';

/** Bytes before a record's values. */
export const SEAL_BYTES = 4;

/** What is in a slot: values, nothing yet, or something that was not written as it is. */
export type Slot = Float32Array | 'unwritten' | 'damaged';

/**
 * Makes a record: `[checksum | values]`. The checksum is of where the record belongs and of its values, so that one that
 * was moved, cut, torn or never written is not taken for another.
 * @param place names key, file and slot
 */
export function sealRecord(place: string, values: Float32Array): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(SEAL_BYTES + values.byteLength);
  record.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), SEAL_BYTES);
  new DataView(record.buffer).setUint32(0, checksum(place, record.subarray(SEAL_BYTES)), true);
  return record;
}

/** Reads what {@link sealRecord} made; `record` must lie at a multiple of 4 bytes. The values share its memory. */
export function openRecord(place: string, record: Uint8Array<ArrayBuffer>): Slot {
  const values = record.subarray(SEAL_BYTES);
  const seal = new DataView(record.buffer, record.byteOffset).getUint32(0, true);
  if (seal === 0 && record.every((byte) => byte === 0)) return 'unwritten';
  if (seal !== checksum(place, values)) return 'damaged';
  return new Float32Array(values.buffer, values.byteOffset, values.byteLength / 4);
}

/** Never 0, which is what a slot of a sparse file holds before it is written. */
const checksum = (place: string, values: Uint8Array): number => crc32(values, crc32(place)) || 1;
