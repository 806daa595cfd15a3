import type { Rng } from '@kdx/tensor';
import type { ImageSize, Normalization } from './model.js';

/** One image on the host: NHWC order without N, values in [0, 1]. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** Changes one training image in place. Drawn from a generator keyed by (seed, epoch, sample). */
export interface Transform {
  /** E.g. `flip(0.5)`; part of what identifies the run's data. */
  readonly name: string;
  apply(image: Image, rng: Rng): void;
}

/** Part of a data set. */
export interface Split {
  readonly length: number;
  /** Class index of each sample, in [0, classes). */
  readonly labels: ArrayLike<number>;
  /** Writes sample `index` as `H · W · C` values in [0, 1] into `out`. */
  read(index: number, out: Float32Array): void | Promise<void>;
}

/** Images with labels, split so that model selection never touches the test split. */
export interface DataSource extends Normalization {
  /** The spec it can be made from again, e.g. `cifar100:DIR?train=5000`. */
  readonly name: string;
  /** Hash of what the images and labels are, for resume and caches. */
  readonly digest: string;
  readonly imageSize: ImageSize;
  readonly labelNames: readonly string[];
  readonly train: Split;
  readonly validation?: Split;
  readonly test?: Split;
  /** Applied to training images, in order. */
  readonly augment: readonly Transform[];
}
