import { KdxError, readSafetensorsHeader } from '@kdx/core';
import { decodeInfo, type WeightsInfo } from './metadata.js';

/**
 * What a weights file holds, read off its header alone: its metadata, and the number of classes from the shape of its
 * class head's weight (`[classes, features]` on disk).
 *
 * @throws KdxError `KDX_WEIGHTS_…` for a missing, broken or foreign file.
 */
export async function peekWeights(
  file: string,
  classHead: string,
): Promise<WeightsInfo & { readonly classes: number }> {
  const { tensors, metadata } = await readSafetensorsHeader(file);
  const info = decodeInfo(file, metadata);
  const head = tensors.get(classHead);
  if (head === undefined) {
    throw new KdxError(
      'KDX_WEIGHTS_MISMATCH',
      `"${file}" has no class head "${classHead}"${
        info.model === undefined ? '' : `, it says that it is "${info.model}"`
      }; name the model that the file was saved from.`,
    );
  }
  return { ...info, classes: head.shape[0] };
}

/** What the metadata of a weights file says; a file that kdx did not write says nothing. */
export async function readWeightsInfo(file: string): Promise<WeightsInfo> {
  return decodeInfo(file, (await readSafetensorsHeader(file)).metadata);
}
