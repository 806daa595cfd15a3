import { isKdxError, type KdxError, messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free space and give the command again, which goes on, or choose another --dir',
  EDQUOT: 'your disk quota is used up; free space and give the command again, or choose another --dir',
  EFBIG: 'a limit allows no file this large; choose another --dir',
  EACCES: 'you may not write there; choose another --dir',
  EPERM: 'you may not write there; choose another --dir',
  EROFS: 'that file system is read-only; choose another --dir',
  EISDIR: 'there is a folder of that name; move it away, or choose another --dir',
  ENOTDIR: 'a part of that path is a file, not a folder; choose another --dir',
};

/** What the system said; an error that is of @kdx/core speaks of --out, which fetching has not. */
const ofSystem = (error: unknown): unknown => (isKdxError(error) && error.cause ? error.cause : error);

/** `KDX_FETCH_WRITE`: what came could not be kept. */
export function writeFault(file: string, error: unknown): KdxError {
  const cause = ofSystem(error);
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const remedy = Object.hasOwn(REMEDIES, code)
    ? `${REMEDIES[code]} (${code})`
    : `${messageOf(cause)}; choose another --dir`;
  return kdxError('KDX_FETCH_WRITE', `"${file}" could not be written: ${remedy}.`, { cause });
}

/** @throws KdxError `KDX_FETCH_WRITE` */
export function guarded<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw writeFault(file, cause);
  }
}
