import { type KdxError, messageOf } from '../errors/kdx-error.js';
import { kdxError } from '../errors.js';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free space or choose another --out',
  EDQUOT: 'your disk quota is used up; free space or choose another --out',
  EFBIG: 'the file system or a limit of this shell allows no file this large; choose another --out',
  EACCES: 'you may not write there; change its permissions or choose another --out',
  EPERM: 'you may not write there; change its permissions or choose another --out',
  EROFS: 'that file system is read-only; choose another --out',
  ENOENT: 'its folder does not exist; create it or choose another --out',
  ENOTDIR: 'a part of that path is a file, not a folder; choose another --out',
  EISDIR: 'there is a folder of that name; remove it or choose another --out',
};

/** The error for a file that could not be written, with the remedy: `KDX_WRITE_FAILED`. */
export function writeFailure(file: string, error: unknown): KdxError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const remedy = Object.hasOwn(REMEDIES, code)
    ? `${REMEDIES[code]} (${code})`
    : `${messageOf(error)}; fix that or choose another --out`;
  return kdxError('KDX_WRITE_FAILED', `"${file}" could not be written: ${remedy}.`, { cause: error });
}
