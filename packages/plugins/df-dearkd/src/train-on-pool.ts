import { createHash } from 'node:crypto';
import { type DataSource } from '@kdx/core';
import { type KdxError } from '@kdx/tensor';
import { kdxError } from './errors.js';
import { movedClass } from './moved-class.js';

/**
 * Training images of a pool, validation and test images of a real data set. Normalisation is the pool's, which is the
 * inverted network's: nothing of the real training images is used.
 * @throws KdxError `KDX_POOL_DATA` when the two are not of the same classes in the same order, or of another image size
 */
export function trainOnPool(real: DataSource, pool: DataSource): DataSource {
  const refuse = (what: string, remedy: string): KdxError =>
    kdxError('KDX_POOL_DATA', `${pool.name} ${what} of ${real.name}; ${remedy}.`);
  const [ours, theirs] = [pool.imageSize.join('×'), real.imageSize.join('×')];
  if (ours !== theirs) {
    throw refuse(
      `has images of ${ours}, not the ${theirs}`,
      'invert a network that was trained on images of that size, or choose another --data',
    );
  }
  if (pool.labelNames.length !== real.labelNames.length) {
    throw refuse(
      `knows ${pool.labelNames.length} classes, not the ${real.labelNames.length}`,
      'invert a network that was trained on those, or choose another --data',
    );
  }
  const moved = movedClass(pool.labelNames, real.labelNames);
  if (moved !== undefined) {
    throw refuse(
      `has the classes in another order (class ${moved} is "${pool.labelNames[moved]}", and "${real.labelNames[moved]}" here), not that`,
      'invert a network that was trained on these, or choose another --data',
    );
  }
  const digest = createHash('sha256').update(`${pool.digest}\n${real.digest}`).digest('hex');
  return {
    ...pool,
    name: `${pool.name}, evaluated on ${real.name}`,
    digest,
    labelNames: real.labelNames,
    validation: real.validation,
    test: real.test,
  };
}
