import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder, writeFailure } from '@kdx/tensor';

/**
 * Writes an image beside its name, syncs and renames it; makes its folder. The name beside has no ending of an image, so no
 * tool that reads the folder takes half an image for one, and it is the same each time, so a killed process leaves one at most.
 * @throws KdxError `KDX_WRITE_FAILED`
 */
export async function writeImage(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file)}.tmp`);
  try {
    makeFolder(dirname(file));
    await writeFile(temporary, bytes, { flush: true });
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeFailure(file, cause);
  }
}
