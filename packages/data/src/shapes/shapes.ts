import { type DataSource, type ImageSize, type Split, type Transform } from '@kdx/core';
import { keyedRng } from '@kdx/tensor';
import { digestOf } from '../digest.js';
import { kdxError } from '../errors.js';
import { checkIndex } from '../splits/split-view.js';
import { tellStatistics } from '../transforms/statistical-transform.js';
import { SHAPE_CLASSES, shapeClassNames } from './classes.js';
import { addNoise, renderScene } from './render.js';
import { drawScene, SIDE } from './scene.js';

const IMAGE_SIZE: ImageSize = [SIDE, SIDE, 3];

/** How many images `shapes` has, and how hard they are. */
export interface ShapesOptions {
  /** Images per split; 0 leaves validation or test out. Default 4000, 500, 1000. */
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
  /** The first so many of the 16 classes. Default 12. */
  readonly classes?: number;
  /** Standard deviation of the noise on pixels in [0, 1]. Default 0.06. */
  readonly noise?: number;
  /** Mean number of distractors (small discs and lines) per image. Default 2.5. */
  readonly clutter?: number;
  /** Share of training labels that are wrong, as annotators' are; validation and test labels are right. Default 0. */
  readonly labelNoise?: number;
  /** Another seed gives other images of the same kind. Default 0. */
  readonly seed?: number;
  readonly augment?: readonly Transform[];
  /** Default `shapes`. */
  readonly name?: string;
}

/** Where a spec says nothing. */
export const SHAPES_DEFAULTS = {
  train: 4000,
  validation: 500,
  test: 1000,
  classes: 12,
  noise: 0.06,
  clutter: 2.5,
  labelNoise: 0,
  seed: 0,
} as const;

/** Measured on the 4,000 training images of the defaults; kept for all options so that runs stay comparable. */
export const SHAPES_STATISTICS = { mean: [0.4997, 0.499, 0.5005], std: [0.2046, 0.2039, 0.2054] } as const;

/**
 * Pictures that are drawn when they are read: a shape (4 kinds) with a filling (4), anywhere, of any size, colour and
 * direction, among small distractors, on a gradient, under noise. The class is kind and filling together. Image `index`
 * of a split depends on (seed, split, index) alone; classes take turns, so that every split is balanced.
 */
export function shapes(options: ShapesOptions = {}): DataSource {
  const { train, validation, test, classes, noise, clutter, labelNoise, seed } = {
    ...SHAPES_DEFAULTS,
    ...options,
  };
  if (!(Number.isInteger(classes) && classes >= 2 && classes <= SHAPE_CLASSES.length)) {
    const most = SHAPE_CLASSES.length;
    throw kdxError('KDX_DATA_OPTION', `shapes has 2 to ${most} classes, not ${classes}; choose classes= so.`);
  }
  const labelNames = shapeClassNames(classes);
  const make = (split: string, length: number): Split => ({
    length,
    labels: Uint8Array.from({ length }, (_, i) => i % classes),
    read(index, out) {
      checkIndex(index, length);
      const rng = keyedRng(seed, 'shapes', split, index);
      renderScene(drawScene(index % classes, clutter, rng), out);
      addNoise(out, noise, rng);
    },
  });
  const mislabelled = (label: number, index: number): number => {
    const rng = keyedRng(seed, 'shapes', 'label', index);
    return rng.uniform() < labelNoise ? (label + 1 + rng.integer(classes - 1)) % classes : label;
  };
  const trained = make('train', train);
  const splits = {
    train: labelNoise === 0 ? trained : { ...trained, labels: Uint8Array.from(trained.labels, mislabelled) },
    validation: validation === 0 ? undefined : make('validation', validation),
    test: test === 0 ? undefined : make('test', test),
  };
  return tellStatistics({
    name: options.name ?? 'shapes',
    digest: digestOf([
      JSON.stringify([train, validation, test, classes, noise, clutter, labelNoise, seed]),
      probe(make, classes),
    ]),
    imageSize: IMAGE_SIZE,
    ...SHAPES_STATISTICS,
    labelNames,
    ...splits,
    augment: options.augment ?? [],
  });
}

/** The first image of each class as bytes: a change of what is drawn changes the digest, and rounding does not. */
function probe(make: (split: string, length: number) => Split, classes: number): Uint8Array {
  const size = SIDE * SIDE * 3;
  const images = new Uint8Array(classes * size);
  const image = new Float32Array(size);
  const split = make('train', classes);
  for (let i = 0; i < classes; i += 1) {
    split.read(i, image);
    images.set(
      image.map((value) => Math.round(value * 255)),
      i * size,
    );
  }
  return images;
}
