import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { isKdxError, messageOf } from '../errors/kdx-error.js';
import { lookedFor } from '../errors/looked-for.js';
import { kdxError } from '../errors.js';
import { foreignFormat } from './foreign-format.js';
import { fromBfloat16, fromHalf } from './half.js';
import type { HostTensor } from './host-tensor.js';
import {
  MAX_HEADER_BYTES,
  malformed,
  parseHeader,
  type SafetensorsDtype,
  type SafetensorsHeader,
  type TensorInfo,
  truncated,
} from './safetensors-header.js';

/** A tensor as read: half precisions come as float32, I64 as int32, BOOL as bytes 0 and 1. */
export interface StoredTensor extends HostTensor {
  /** As it was stored. */
  readonly dtype: SafetensorsDtype;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads every tensor of a safetensors file. Nothing in the file is executed, and nothing is allocated on its word
 * before its sizes agree with the file's.
 * @throws KdxError `KDX_WEIGHTS_MISSING`, `KDX_WEIGHTS_TRUNCATED`, `KDX_WEIGHTS_MALFORMED`, `KDX_READ_FAILED`.
 */
export async function readSafetensors(file: string): Promise<SafetensorsFile> {
  return withFile(file, async (handle) => {
    const { header, dataStart } = await readHeader(file, handle);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, info] of header.tensors) {
      tensors.set(name, await readTensor(file, handle, name, info, dataStart));
    }
    return { tensors, metadata: header.metadata };
  });
}

/** The names, dtypes, shapes and metadata of a safetensors file, with all its checks, without reading the data. */
export async function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  return withFile(file, async (handle) => (await readHeader(file, handle)).header);
}

async function withFile<T>(file: string, read: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    return await read(handle);
  } catch (error) {
    if (isKdxError(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw kdxError(
        'KDX_WEIGHTS_MISSING',
        `There is no weight file "${file}"${lookedFor(file)}; check the path, which is relative to the folder kdx was started in.`,
        { cause: error },
      );
    }
    throw kdxError(
      'KDX_READ_FAILED',
      `"${file}" cannot be read (${messageOf(error)}); check its permissions.`,
      {
        cause: error,
      },
    );
  } finally {
    await handle?.close();
  }
}

async function readHeader(
  file: string,
  handle: FileHandle,
): Promise<{ header: SafetensorsHeader; dataStart: number }> {
  const stat = await handle.stat();
  if (!stat.isFile()) {
    const student = join(file, 'student.safetensors');
    const which = existsSync(student) ? `its student, "${student}"` : 'the .safetensors file itself';
    throw kdxError('KDX_READ_FAILED', `"${file}" is not a file; name ${which}.`);
  }
  const start = new Uint8Array(Math.min(512, stat.size));
  await readFully(file, handle, start, 0);
  const foreign = foreignFormat(file, start);
  if (foreign) throw foreign;
  if (stat.size < 8) throw truncated(file, `it has ${stat.size} bytes, its header's length alone takes 8`);
  const prefix = new DataView(new ArrayBuffer(8));
  await readFully(file, handle, prefix, 0);
  const length = prefix.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw malformed(file, `it announces a header of ${length} bytes, the format allows ${MAX_HEADER_BYTES}`);
  }
  const dataStart = 8 + Number(length);
  if (dataStart > stat.size) {
    throw truncated(
      file,
      `its header takes ${length} bytes and the file has ${stat.size - 8} after its length`,
    );
  }
  const bytes = new Uint8Array(Number(length));
  await readFully(file, handle, bytes, 8);
  return { header: parseHeader(file, bytes, stat.size - dataStart), dataStart };
}

async function readTensor(
  file: string,
  handle: FileHandle,
  name: string,
  { dtype, shape, offsets }: TensorInfo,
  dataStart: number,
): Promise<StoredTensor> {
  // A buffer of its own per tensor: aligned whatever its offset, and freed with it.
  const bytes = new ArrayBuffer(offsets[1] - offsets[0]);
  await readFully(file, handle, new Uint8Array(bytes), dataStart + offsets[0]);
  return { dtype, shape, data: decode(file, name, dtype, bytes) };
}

/** Numbers as kdx uses them; hosts are little-endian, as the format is. */
function decode(file: string, name: string, dtype: SafetensorsDtype, bytes: ArrayBuffer): HostTensor['data'] {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes);
    case 'F16':
      return fromHalf(new Uint16Array(bytes));
    case 'BF16':
      return fromBfloat16(new Uint16Array(bytes));
    case 'I32':
      return new Int32Array(bytes);
    case 'I64':
      return toInt32(file, name, new BigInt64Array(bytes));
    case 'U8':
    case 'BOOL':
      return new Uint8Array(bytes);
  }
}

function toInt32(file: string, name: string, wide: BigInt64Array): Int32Array {
  const narrow = new Int32Array(wide.length);
  for (let i = 0; i < wide.length; i += 1) {
    if (wide[i] !== BigInt.asIntN(32, wide[i])) {
      throw malformed(file, `tensor "${name}" holds ${wide[i]}, kdx reads I64 only within 32 bits`);
    }
    narrow[i] = Number(wide[i]);
  }
  return narrow;
}

async function readFully(
  file: string,
  handle: FileHandle,
  into: NodeJS.ArrayBufferView,
  position: number,
): Promise<void> {
  const chunk = 2 ** 30; // a single read is limited to 2³¹ − 1 bytes
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(chunk, bytes.length - done);
    const { bytesRead } = await handle.read(bytes, done, length, position + done);
    if (bytesRead === 0) throw truncated(file, `it ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
}
