import { type KdxError, messageOf } from '../errors/kdx-error.js';
import { kdxError } from '../errors.js';
import { repeatedKey } from './repeated-key.js';

/** Bytes per number of every dtype that kdx reads. */
export const DTYPE_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8, U8: 1, BOOL: 1 } as const;
export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

/** Where one tensor lies in a file. */
export interface TensorInfo {
  /** As stored; what is read may be wider. */
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte and first byte after, counted from the start of the data. */
  readonly offsets: readonly [begin: number, end: number];
}

export interface SafetensorsHeader {
  readonly tensors: Map<string, TensorInfo>;
  readonly metadata: Record<string, string>;
}

/** The limit of the reference implementation; a longer header is an attack or another format. */
export const MAX_HEADER_BYTES = 100_000_000;

/**
 * Parses and checks a header: JSON that maps each tensor to dtype, shape and byte range, the ranges covering the
 * `dataBytes` bytes after it without hole or overlap.
 * @throws KdxError `KDX_WEIGHTS_MALFORMED`, `KDX_WEIGHTS_TRUNCATED` naming `file`.
 */
export function parseHeader(file: string, bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  const header = parseObject(file, bytes);
  const tensors = new Map<string, TensorInfo>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = parseMetadata(file, entry);
    else tensors.set(name, parseEntry(file, name, entry));
  }
  checkCoverage(file, tensors, dataBytes);
  return { tensors, metadata };
}

export const malformed = (file: string, what: string, cause?: unknown): KdxError =>
  kdxError(
    'KDX_WEIGHTS_MALFORMED',
    `"${file}" is not a sound safetensors file: ${what}; save or download it again.`,
    { cause },
  );

export const truncated = (file: string, what: string): KdxError =>
  kdxError('KDX_WEIGHTS_TRUNCATED', `"${file}" is cut short: ${what}; download or copy it again.`);

function parseObject(file: string, bytes: Uint8Array): object {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw malformed(file, `its header is not JSON (${messageOf(error)})`, error);
  }
  if (!isObject(header)) throw malformed(file, 'its header is JSON but not an object');
  const twice = repeatedKey(text);
  if (twice !== undefined) throw malformed(file, `its header names "${twice}" twice`);
  return header;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseMetadata(file: string, entry: unknown): Record<string, string> {
  const pairs = isObject(entry) ? Object.entries(entry) : [['', undefined]];
  if (!pairs.every(([, value]) => typeof value === 'string')) {
    throw malformed(file, 'its __metadata__ does not map texts to texts');
  }
  return Object.fromEntries(pairs); // defines own properties, so "__proto__" is a key like any other
}

function parseEntry(file: string, name: string, entry: unknown): TensorInfo {
  if (!isObject(entry)) throw malformed(file, `the entry of tensor "${name}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw kdxError(
      'KDX_WEIGHTS_MALFORMED',
      `Tensor "${name}" of "${file}" has the dtype ${JSON.stringify(dtype)}; convert it to one that kdx reads: ${Object.keys(DTYPE_BYTES).join(', ')}.`,
    );
  }
  if (!(Array.isArray(shape) && shape.every(isCount))) {
    throw malformed(file, `tensor "${name}" has the shape ${JSON.stringify(shape)}`);
  }
  if (
    !(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount) && offsets[0] <= offsets[1])
  ) {
    throw malformed(file, `tensor "${name}" has the offsets ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const info: TensorInfo = { dtype: dtype as SafetensorsDtype, shape, offsets: [begin, end] };
  const needed = shape.reduce((product: number, size: number) => product * size, DTYPE_BYTES[info.dtype]);
  if (needed !== end - begin) {
    throw malformed(
      file,
      `tensor "${name}" of shape [${shape.join(', ')}] and dtype ${dtype} needs ${needed} bytes and has ${end - begin}`,
    );
  }
  return info;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function checkCoverage(file: string, tensors: ReadonlyMap<string, TensorInfo>, dataBytes: number): void {
  const inOrder = [...tensors].sort(
    ([, a], [, b]) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  );
  let covered = 0;
  let before = '';
  for (const [name, { offsets }] of inOrder) {
    if (offsets[0] < covered) throw malformed(file, `tensors "${before}" and "${name}" overlap`);
    if (offsets[0] > covered) {
      throw malformed(file, `${offsets[0] - covered} bytes before tensor "${name}" belong to no tensor`);
    }
    if (offsets[1] > dataBytes) {
      throw truncated(
        file,
        `tensor "${name}" ends at byte ${offsets[1]} of the data, which has ${dataBytes}`,
      );
    }
    covered = offsets[1];
    before = name;
  }
  if (covered !== dataBytes) {
    throw malformed(file, `${dataBytes - covered} bytes after the last tensor belong to no tensor`);
  }
}
