import type { DataSource, Image, Normalization, Transform } from '@kdx/core';
import type { Rng } from '@kdx/tensor';
import { noStatistics, wrongTransform } from '../errors.js';

/**
 * A transform in units of its data's statistics: what timm does to normalised images, done before normalisation. Data
 * sources of this package tell it theirs; {@link tellStatistics} does it for a source of one's own.
 */
export interface StatisticalTransform extends Transform {
  /** The same for data with these statistics. */
  withStatistics(statistics: Normalization): Transform;
}

type Apply = (image: Image, rng: Rng, statistics: Normalization) => void;

/**
 * Knows `statistics` from the start where they are given, else from {@link StatisticalTransform.withStatistics}.
 * @throws KdxError `KDX_DATA_STATISTICS` when it is applied and knows none, `KDX_DATA_AUGMENT` when they are of another
 *   number of channels.
 */
export function statisticalTransform(name: string, apply: Apply, statistics?: Normalization): Transform {
  const withStatistics = (known: Normalization): Transform => ({
    name,
    apply(image, rng) {
      const [given, channels] = [known.mean.length, image.channels];
      if (given !== channels || known.std.length !== channels) {
        throw wrongTransform(name, `it was given statistics of ${given} channels for images of ${channels}`);
      }
      apply(image, rng, known);
    },
  });
  if (statistics !== undefined) return withStatistics(statistics);
  const untold: StatisticalTransform = {
    name,
    withStatistics,
    apply() {
      throw noStatistics(name);
    },
  };
  return untold;
}

const isUntold = (transform: Transform): transform is StatisticalTransform => 'withStatistics' in transform;

/** The same source, whose transforms know its mean and standard deviation. Those that already know some keep theirs. */
export function tellStatistics(source: DataSource): DataSource {
  if (!source.augment.some(isUntold)) return source;
  const { name, digest, imageSize, mean, std, labelNames, train, validation, test } = source;
  const augment = source.augment.map((transform) =>
    isUntold(transform) ? transform.withStatistics({ mean, std }) : transform,
  );
  return { name, digest, imageSize, mean, std, labelNames, train, validation, test, augment };
}
