import { type RunWarning, type WeightFacts } from '@kdx/core';
import { type KdxError, readSafetensorsHeader } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { decodeInfo, type WeightsInfo } from './metadata.js';
import { namePrefix } from './prefix.js';

/**
 * What a weights file holds, read off its header alone: its metadata, and the number of classes from the shape of its
 * class head's weight (`[classes, features]` on disk).
 *
 * @throws KdxError `KDX_WEIGHTS_…` for a missing, broken or foreign file.
 */
export async function peekWeights(
  file: string,
  classHead: string,
): Promise<Required<Pick<WeightFacts, 'file' | 'classes' | 'notes'>> & WeightFacts> {
  const { tensors, metadata } = await readSafetensorsHeader(file);
  const info = decodeInfo(file, metadata);
  const prefix = namePrefix(file, [...tensors.keys()], classHead);
  const head = tensors.get(`${prefix}${classHead}`);
  if (head === undefined) {
    if (tensors.has(`student/${classHead}`)) throw isCheckpoint(file);
    throw kdxError(
      'KDX_WEIGHTS_MISMATCH',
      `"${file}" has no class head "${classHead}"${
        info.model === undefined ? '' : `, it says that it is "${info.model}"`
      }; name the model that the file was saved from.`,
    );
  }
  const [classes] = head.shape;
  checkClasses(file, info, classHead, classes);
  return { ...info, file, classes, notes: prefix === '' ? [] : [prefixed(file, prefix)] };
}

/** What the metadata of a weights file says; a file that kdx did not write says nothing. */
export async function readWeightsInfo(file: string): Promise<WeightsInfo> {
  return decodeInfo(file, (await readSafetensorsHeader(file)).metadata);
}

const prefixed = (file: string, prefix: string): RunWarning => ({
  code: 'KDX_WEIGHTS_PREFIX',
  message: `The names in "${file}" begin with "${prefix}", as a wrapper of the model left them; they are read without it.`,
});

const isCheckpoint = (file: string): KdxError =>
  kdxError(
    'KDX_WEIGHTS_MISMATCH',
    `"${file}" is the checkpoint of a run, which holds more than a model; give the student.safetensors or student.best.safetensors in the folder of its run.`,
  );

/** A file that contradicts itself cannot be believed in anything. */
function checkClasses(file: string, info: WeightsInfo, classHead: string, classes: number): void {
  for (const [key, said] of [
    ['kdx.classes', info.classes],
    ['kdx.classNames', info.labelNames?.length],
  ] as const) {
    if (said === undefined || said === classes) continue;
    throw kdxError(
      'KDX_WEIGHTS_METADATA',
      `"${file}" says ${key} of ${said} classes, and its "${classHead}" has ${classes}; export the weights again or remove that metadata.`,
    );
  }
}
