import type { Rng } from '@kdx/tensor';
import { isKdxError, type KdxError, messageOf } from '@kdx/tensor';
import type { DataSource, Image, Split, Transform } from '../contracts/data.js';
import { kdxError } from '../errors.js';
import { inPlugin } from '../plugin-scope.js';
import { isPromise, silence } from './describe-value.js';
import { ofOwner, ownedBy, ownerOf } from './owner.js';

/** Remembers whose the parts of a plugin's data are, so that what fails later can name the plugin. */
export function ownSource(source: DataSource): DataSource {
  const owner = ownerOf(source);
  for (const split of [source.train, source.validation, source.test]) if (split) ownedBy(split, owner);
  for (const transform of source.augment) ownedBy(transform, owner);
  return source;
}

/**
 * Reads an image of a split.
 * @throws KdxError `KDX_DATA_READ` for what is not an error of kdx
 */
export async function readImage(split: Split, index: number, out: Float32Array): Promise<void> {
  const owner = ownerOf(split);
  const read = (): void | Promise<void> => split.read(index, out);
  try {
    await (owner === undefined ? read() : inPlugin(owner, read));
  } catch (cause) {
    if (isKdxError(cause)) throw cause;
    throw kdxError(
      'KDX_DATA_READ',
      `The data source${ofOwner(split)} failed to read image ${index}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Augments an image in place. @throws KdxError `KDX_DATA_TRANSFORM` for a transform that throws or is asynchronous */
export function applyTransform(transform: Transform, image: Image, rng: Rng): void {
  const owner = ownerOf(transform);
  const apply = (): unknown => transform.apply(image, rng);
  let result: unknown;
  try {
    result = owner === undefined ? apply() : inPlugin(owner, apply);
  } catch (cause) {
    if (isKdxError(cause)) throw cause;
    throw transformFault(transform, `failed: ${messageOf(cause)}`, cause);
  }
  if (!isPromise(result)) return;
  silence(result);
  throw transformFault(transform, 'gave a promise; it must change the image before it returns');
}

const transformFault = (transform: Transform, what: string, cause?: unknown): KdxError =>
  kdxError('KDX_DATA_TRANSFORM', `The transform ${transform.name}${ofOwner(transform)} ${what}.`, {
    cause,
  });
