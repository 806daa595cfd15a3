import { KdxError, messageOf } from '@kdx/core';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free space and give the command again, which goes on, or choose another --dir',
  EDQUOT: 'your disk quota is used up; free space and give the command again, or choose another --dir',
  EFBIG: 'a limit allows no file this large; choose another --dir',
  EACCES: 'you may not write there; choose another --dir',
  EPERM: 'you may not write there; choose another --dir',
  EROFS: 'that file system is read-only; choose another --dir',
  ENOTDIR: 'a part of that path is a file, not a folder; choose another --dir',
};

/** `KDX_FETCH_WRITE`: what came could not be kept. */
export function writeFault(file: string, error: unknown): KdxError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const remedy = Object.hasOwn(REMEDIES, code)
    ? `${REMEDIES[code]} (${code})`
    : `${messageOf(error)}; choose another --dir`;
  return new KdxError('KDX_FETCH_WRITE', `"${file}" could not be written: ${remedy}.`, { cause: error });
}
