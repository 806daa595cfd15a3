import type { DataSource, ImageSize, Normalization, Split, Transform } from '@kdx/core';
import { digestOf } from '../digest.js';
import { wrongLength, wrongStatistics } from '../errors.js';
import { ChannelStatistics } from '../statistics/measure.js';
import { tellStatistics } from '../transforms/statistical-transform.js';
import { arraySplit, checkArrays, type LabelledArrays } from './array-split.js';

export interface ArraysOptions extends LabelledArrays, Partial<Normalization> {
  readonly imageSize: ImageSize;
  readonly labelNames: readonly string[];
  readonly validation?: LabelledArrays;
  readonly test?: LabelledArrays;
  /** Of training images. Default none. */
  readonly augment?: readonly Transform[];
  /** What the run calls it. Default `memory`. */
  readonly name?: string;
}

/**
 * A data set from arrays in memory; for parts of one, see `withSubsets`. `mean` and `std` are measured on the
 * training images unless given.
 * @throws KdxError `KDX_DATA_SHAPE`, `KDX_DATA_NAN`, `KDX_DATA_LABEL`, `KDX_DATA_STATISTICS`
 */
export function fromArrays(options: ArraysOptions): DataSource {
  const { imageSize, labelNames, name = 'memory', validation, test, augment = [] } = options;
  const digest: (string | ArrayBufferView)[] = ['memory', imageSize.join('×'), labelNames.join('\n')];
  const open = (arrays: LabelledArrays | undefined, split: string): Split | undefined => {
    if (arrays === undefined) return undefined;
    checkArrays(arrays, imageSize, labelNames.length, `the ${split} images of "${name}"`);
    digest.push(split, arrays.images.constructor.name, arrays.images, Int32Array.from(arrays.labels));
    return arraySplit(arrays, imageSize);
  };
  const train = open(options, 'training') as Split;
  return tellStatistics({
    name,
    imageSize,
    labelNames,
    train,
    validation: open(validation, 'validation'),
    test: open(test, 'test'),
    augment,
    digest: digestOf(digest),
    ...normalizationOf(options, name),
  });
}

function normalizationOf({ images, imageSize, mean, std }: ArraysOptions, name: string): Normalization {
  const channels = imageSize[2];
  const given = { mean, std };
  for (const key of ['mean', 'std'] as const) {
    const values = given[key];
    if (values !== undefined && values.length !== channels) {
      throw wrongLength(`The ${key} of "${name}"`, values.length, `${channels}, one number per channel`);
    }
  }
  const measured = mean === undefined || std === undefined ? measure(images, channels) : undefined;
  const statistics = {
    mean: mean ?? (measured as Normalization).mean,
    std: std ?? (measured as Normalization).std,
  };
  for (let c = 0; c < channels; c += 1) {
    const usable =
      Number.isFinite(statistics.mean[c]) && statistics.std[c] > 0 && statistics.std[c] < Infinity;
    if (!usable)
      throw wrongStatistics(name, `channel ${c} has mean ${statistics.mean[c]} and std ${statistics.std[c]}`);
  }
  return statistics;
}

function measure(images: Uint8Array | Float32Array, channels: number): Normalization {
  const statistics = new ChannelStatistics(channels);
  statistics.add(images);
  const { mean, std } = statistics.result();
  const scale = images instanceof Uint8Array ? 255 : 1;
  return { mean: mean.map((x) => x / scale), std: std.map((x) => x / scale) };
}
