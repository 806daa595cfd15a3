import type { NetworkIdentity, PoolDescription, Score } from '@kdx/data';
import { wrongBatch } from './errors.js';

/** What is known of an image when it is written; its place is its row in the batch. */
export interface NewImage {
  /** The class it was made to be. */
  readonly target: number;
  /** What the inverted network says of it. */
  readonly inverted: Score;
  /** What the verifier says of it, where there is one. */
  readonly verified?: Score;
}

interface NewBatch {
  readonly batch: number;
  /** Numbers that its images are of. */
  readonly values: number;
  readonly metadata: readonly NewImage[];
  readonly verifier?: NetworkIdentity;
}

/** @throws KdxError `KDX_POOL_BATCH` for a batch that does not fit itself or the pool */
export function checkNewBatch(
  { classNames, imageSize }: PoolDescription,
  { batch, values, metadata, verifier }: NewBatch,
): void {
  const expected = metadata.length * imageSize[0] * imageSize[1] * imageSize[2];
  if (values !== expected) {
    const why = `${metadata.length} images of ${imageSize.join('×')} are ${expected} values, and it was given ${values}`;
    throw wrongBatch(batch, why, 'check imageSize');
  }
  const stray = metadata.find(({ target }) => !(target in classNames));
  if (stray) throw wrongBatch(batch, `class ${stray.target} of ${classNames.length}`, 'check its targets');
  if (verifier === undefined && metadata.some(({ verified }) => verified !== undefined)) {
    throw wrongBatch(batch, 'its images have scores of no named verifier', 'name it');
  }
}
