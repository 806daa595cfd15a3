import type { DataSource, Split } from '@kdx/core';
import { digestOf } from '../digest.js';
import { emptySubset, shareBelowClasses } from '../errors.js';
import { type Amount, imagesOf } from './amount.js';
import { pickBalanced } from './balanced-picks.js';
import { isEven } from './members.js';
import { splitView } from './split-view.js';
import { pickStratified } from './stratified-picks.js';

/**
 * How much of a data set to use. Numbers are images; shares are of the split they are taken from. Of classes of one size every
 * part has the same number of each, or one more of some; of others it has their shares.
 */
export interface SubsetOptions {
  /** Training images. Default: all that `validation` leaves. */
  readonly train?: Amount | number;
  /** Taken from the training images that are not trained on, in place of the source's own validation split. */
  readonly validation?: Amount | number;
  /** Test images. Default all. */
  readonly test?: Amount | number;
  /** Keys which images are drawn. Default 0. */
  readonly seed?: number;
  /** Name of the result. Default that of the source. */
  readonly name?: string;
}

/**
 * A source over seeded parts of another, each with the classes in the proportions of the whole; no image is copied, and test
 * images stay test images.
 * @throws KdxError `KDX_DATA_SUBSET` when more is asked than there is, and for a validation split or a share of the training
 *   images that leaves classes without any training image; a number of training images may, if it is below that of classes.
 */
export function withSubsets(source: DataSource, options: SubsetOptions): DataSource {
  const seed = options.seed ?? 0;
  const draw = (split: Split, purpose: string, front: number | undefined, back: number, asked: string) =>
    (isEven(split.labels, source.labelNames.length) ? pickBalanced : pickStratified)({
      labels: split.labels,
      labelNames: source.labelNames,
      front,
      back,
      seed,
      purpose,
      asked,
    });

  let { train, validation, test } = source;
  const digest: (string | Uint32Array)[] = [source.digest];
  const front = options.train === undefined ? undefined : imagesOf(options.train, train.length);
  const back = options.validation === undefined ? 0 : imagesOf(options.validation, train.length);
  if (front === 0) throw emptySubset('train=0', 'training');
  if (isShare(options.validation) && options.validation.value > 0 && back === 0) {
    throw emptySubset(`validation=${options.validation.value}%`, 'validation');
  }
  const present = new Set(Array.from(train.labels)).size;
  if (isShare(options.train) && front !== undefined && front < present) {
    throw shareBelowClasses(options.train.value, front, present);
  }
  if (front !== undefined || back > 0) {
    const asked = [front === undefined ? '' : `train=${front}`, back === 0 ? '' : `validation=${back}`];
    const picks = draw(train, 'train', front, back, asked.filter(Boolean).join(' with '));
    if (picks.front.length === 0) throw emptySubset(`validation=${back}`, 'training');
    digest.push('train', picks.front, 'validation', picks.back);
    if (back > 0) validation = splitView(train, picks.back);
    train = splitView(train, picks.front);
  }
  if (options.test !== undefined) {
    const count = test === undefined ? 0 : imagesOf(options.test, test.length);
    if (test === undefined || count === 0) {
      throw emptySubset(`test=${count}`, 'test');
    }
    const picks = draw(test, 'test', count, 0, `test=${count}`);
    digest.push('test', picks.front);
    test = splitView(test, picks.front);
  }
  return {
    name: options.name ?? source.name,
    digest: digest.length === 1 ? source.digest : digestOf(digest),
    imageSize: source.imageSize,
    mean: source.mean,
    std: source.std,
    labelNames: source.labelNames,
    augment: source.augment,
    train,
    validation,
    test,
  };
}

const isShare = (amount: SubsetOptions['train']): amount is Amount =>
  typeof amount === 'object' && amount.unit === 'percent';
