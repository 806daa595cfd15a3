import { type DataSource, type Model } from '@kdx/core';
import { kdxError } from '../errors.js';
import { type BatchNormLayer, batchNormsOf } from '../synthesis/losses/batch-norm-distance.js';
import { asManyOfEachClass, type ClassBalance, classBalance } from './class-balance.js';
import { type FeatureDiversity, featureDiversity, spreadOverClasses } from './feature-diversity.js';
import { type Look, lookAtImages } from './look-at-images.js';
import { type Recognition, recognition } from './scores.js';
import { type Moments, momentsDistance } from './streaming-moments.js';

/** Images to measure: a data source, of which only the training split is read, without its transforms. */
export type MeasuredImages = Pick<DataSource, 'train' | 'imageSize' | 'labelNames'>;

export interface MeasureOptions {
  /** The network the images were made from. */
  readonly inverted: Model;
  /** Another network of the same classes. */
  readonly verifier?: Model;
  /** Real images to measure in the same way: of each class the first of the training split, as many as there are made ones. */
  readonly real?: MeasuredImages;
  /** Images per forward. Default 100. */
  readonly batch?: number;
  /** Images whose features are compared, pair by pair, spread over the classes. Default 1000. */
  readonly comparedImages?: number;
}

/** What can be said of images and a network's view of them. */
export interface ImageQuality {
  readonly images: number;
  readonly balance: ClassBalance;
  /** How the inverted network recognises them. */
  readonly inverted: Recognition;
  readonly verifier?: Recognition;
  /** Distances of the inverted network's features. */
  readonly diversity: FeatureDiversity;
  /**
   * R_BN between their statistics, over all images at once, and the inverted network's running ones: the sum over its batch
   * norms, each counted once (spec of DF-DearKD §3.2 without the first one's multiplier). Undefined without batch norms.
   */
  readonly batchNormDistance?: number;
}

/** Quality of a pool. */
export interface PoolQuality extends ImageQuality {
  /** The same of the real images. */
  readonly real?: ImageQuality;
  /** R_BN between the statistics of the made and the real images. */
  readonly batchNormDistanceToReal?: number;
}

/**
 * Measures how good images are that were made from a network, e.g. `poolSource(pool)`, by networks alone; nothing is
 * downloaded.
 * @throws KdxError `KDX_POOL_MODEL` when a network takes other images or knows another number of classes
 */
export async function measurePool(images: MeasuredImages, options: MeasureOptions): Promise<PoolQuality> {
  const layers = hasBatchNorms(options.inverted) ? batchNormsOf(options.inverted) : [];
  const made = await measure(images, everyImage(images), layers, options);
  if (options.real === undefined) return made.quality;
  const alike = asManyOfEachClass(options.real.train.labels, images.train.labels);
  const real = await measure(options.real, alike, layers, options);
  const distances = made.moments.map((layer, i) => momentsDistance(layer, real.moments[i]));
  return { ...made.quality, real: real.quality, batchNormDistanceToReal: total(distances) };
}

const hasBatchNorms = ({ buffers }: Model): boolean =>
  [...buffers.keys()].some((name) => name.endsWith('.running_mean'));

/** Σ, undefined for no layers. */
const total = (distances: readonly number[]): number | undefined =>
  distances.length === 0 ? undefined : distances.reduce((sum, distance) => sum + distance, 0);

async function measure(
  { train, imageSize, labelNames }: MeasuredImages,
  indices: Uint32Array,
  layers: readonly BatchNormLayer[],
  options: MeasureOptions,
): Promise<{ quality: ImageQuality; moments: readonly Moments[] }> {
  const { inverted, verifier, batch = 100, comparedImages = 1000 } = options;
  for (const model of [inverted, ...(verifier ? [verifier] : [])]) checkClasses(model, labelNames.length);
  const labels = Uint32Array.from(indices, (index) => train.labels[index]);
  const compared = spreadOverClasses(labels, comparedImages);
  const look: Look = await lookAtImages(inverted, train, {
    imageSize,
    batch,
    indices,
    features: compared,
    batchNorms: layers,
  });
  const checked = verifier && (await lookAtImages(verifier, train, { imageSize, batch, indices }));
  const running = await Promise.all(
    layers.map(async ({ mean, variance }) => ({ mean: await mean.data(), variance: await variance.data() })),
  );
  const quality: ImageQuality = {
    images: indices.length,
    balance: classBalance(labels, labelNames.length),
    inverted: recognition(look.scores, labels),
    verifier: checked && recognition(checked.scores, labels),
    diversity: featureDiversity(
      look.features,
      Uint32Array.from(compared, (place) => labels[place]),
    ),
    batchNormDistance: total(look.moments.map((layer, i) => momentsDistance(layer, running[i]))),
  };
  return { quality, moments: look.moments };
}

const everyImage = ({ train }: MeasuredImages): Uint32Array =>
  Uint32Array.from({ length: train.length }, (_, index) => index);

function checkClasses({ spec }: Model, classes: number): void {
  if (spec.classes === classes) return;
  throw kdxError(
    'KDX_POOL_MODEL',
    `"${spec.name}" knows ${spec.classes} classes, and the images have ${classes}; name a network of those classes.`,
  );
}
