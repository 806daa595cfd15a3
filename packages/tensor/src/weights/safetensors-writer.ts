import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { kdxError } from '../errors.js';
import { temporaryFor } from '../files/temporary-file.js';
import { writeFailure } from '../files/write-failure.js';
import type { HostTensor } from './host-tensor.js';

/**
 * Writes `tensors` and `metadata` as a safetensors file: Float32Array as F32, Int32Array as I32, Uint8Array as U8.
 * Equal content gives equal bytes, whatever the maps' order. The bytes go to a temporary file beside it, reach
 * the disk, and only then take the name: a reader sees the old file or the new one, never a part.
 *
 * @throws KdxError `KDX_WRITE_FAILED` with the path and a remedy, the temporary file removed; `KDX_WEIGHTS_MISMATCH`
 *   when data and shape disagree.
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = inFileOrder(tensors);
  const header = encodeHeader(ordered, metadata);
  const temporary = temporaryFor(file);
  try {
    await writeAll(temporary, [header, ...ordered.map(([, { data }]) => data)]);
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    // The first failure is the one to report; a folder that is gone has no temporary file either.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailure(file, error);
  }
}

/** Wide dtypes first, as the reference does, so that every tensor is aligned to its items; then by name. */
function inFileOrder(tensors: ReadonlyMap<string, HostTensor>): [string, HostTensor][] {
  return [...tensors].sort(
    ([a, x], [b, y]) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || (a < b ? -1 : Number(a > b)),
  );
}

/** Length (u64, little-endian) and JSON, padded with spaces so that the data starts at a multiple of 8. */
function encodeHeader(
  ordered: readonly (readonly [string, HostTensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: string[] = [];
  const pairs = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  if (pairs.length > 0) fields.push(`"__metadata__":${JSON.stringify(Object.fromEntries(pairs))}`);
  let begin = 0;
  for (const [name, { shape, data }] of ordered) {
    checkEntry(name, shape, data.length);
    const end = begin + data.byteLength;
    const entry = { dtype: dtypeOf(data), shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

function checkEntry(name: string, shape: readonly number[], length: number): void {
  if (name === '__metadata__') {
    throw kdxError(
      'KDX_WEIGHTS_MISMATCH',
      'A tensor cannot be called "__metadata__" in safetensors; rename it.',
    );
  }
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== length) {
    throw kdxError(
      'KDX_WEIGHTS_MISMATCH',
      `Tensor "${name}" of shape [${shape.join(', ')}] takes ${size} numbers and was given ${length}; pass the shape of its data.`,
    );
  }
}

function dtypeOf(data: HostTensor['data']): 'F32' | 'I32' | 'U8' {
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'U8';
}

async function writeAll(file: string, parts: readonly HostTensor['data'][]): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    for (const part of parts) await writeFully(handle, part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeFully(handle: FileHandle, part: HostTensor['data']): Promise<void> {
  const chunk = 2 ** 30; // a single write is limited to 2³¹ − 1 bytes
  const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, Math.min(chunk, bytes.length - done))).bytesWritten;
  }
}

/** Makes the rename itself survive a power cut; Windows has no such call on a folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
