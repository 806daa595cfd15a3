import { describeValue, isLiveTensor } from './describe-value.js';
import { texts } from './kinds.js';
import {
  aFunction,
  all,
  type Fault,
  finite,
  float32Array,
  int32Array,
  list,
  object,
  oneOf,
  optional,
  type Shape,
  text,
  that,
  whole,
  within,
} from './shape.js';

// What models, data and batches that a plugin gives must be.

export const recipe = object(
  {
    name: text,
    weights: optional(text),
    supports: texts('an array of adaptations'),
    adapt: aFunction,
    build: aFunction,
  },
  'a recipe { name, supports, adapt, build }, such as defineModel() gives',
);

/** Rows and columns. */
const grid = that(
  (value) => Array.isArray(value) && value.length === 2 && value.every((n) => Number.isInteger(n) && n > 0),
  'two whole numbers above 0',
);

const isMap = that((value) => value instanceof Map, 'a Map of parameters by name');
const pixels = whole(1);

const imageSize: Shape = all(
  that((value) => Array.isArray(value) && value.length === 3, '[height, width, channels]'),
  list(pixels, '[height, width, channels]'),
);

/** Statistics of `channels` channels. */
const statistics = (channels: number): Readonly<Record<'mean' | 'std', Shape>> => {
  const perChannel = that(
    (value) => Array.isArray(value) && value.length === channels,
    `an array of ${channels}, a number per channel`,
  );
  const positive = that((value) => Number.isFinite(value) && (value as number) > 0, 'a number above 0');
  return {
    mean: all(perChannel, list(finite, 'numbers')),
    std: all(perChannel, list(positive, 'numbers')),
  };
};

const channelsOf = (size: unknown): number => (size as readonly number[])[2];

const modelSpec: Shape = all(
  object(
    {
      name: text,
      inputSize: imageSize,
      classes: whole(1),
      classHead: text,
      features: list(
        object(
          {
            tap: text,
            scale: optional(text),
            layout: optional(oneOf(['maps', 'tokens'])),
            grid: optional(grid),
          },
          '{ tap }',
        ),
        'an array of { tap }',
      ),
      heads: list(text, 'an array of names, "class" first', 1),
      parameterCount: whole(0),
    },
    'a spec',
  ),
  (value) => object(statistics(channelsOf((value as { inputSize: unknown }).inputSize)), 'a spec')(value),
);

export const model = object(
  {
    spec: modelSpec,
    parameters: isMap,
    buffers: isMap,
    taps: aFunction,
    forward: aFunction,
    dispose: aFunction,
  },
  'a model { spec, parameters, buffers, taps, forward, dispose }',
);

/** A split whose labels are classes below `classes`. Looks at every label once. */
const split = (classes: number): Shape =>
  all(
    object({ length: whole(0), read: aFunction }, 'a split { length, labels, read }'),
    (value): Fault | undefined => {
      const { length, labels } = value as { length: number; labels?: ArrayLike<unknown> | null };
      if (labels === undefined || labels === null || labels.length !== length) {
        const got = describeValue(labels);
        return { path: 'labels', got, expected: `an array of ${length} classes, one for each image` };
      }
      for (let at = 0; at < length; at++) {
        const label = labels[at];
        if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes) continue;
        const expected = `a class, from 0 to ${classes - 1}`;
        return { path: `labels[${at}]`, got: describeValue(label), expected };
      }
      return undefined;
    },
  );

export const dataSource: Shape = all(
  object(
    {
      name: text,
      digest: text,
      imageSize,
      labelNames: list(text, 'an array of names', 1),
      augment: list(
        object({ name: text, apply: aFunction }, 'a transform { name, apply }'),
        'an array of transforms',
      ),
    },
    'a data source { name, digest, imageSize, labelNames, mean, std, train, augment }, such as fromArrays() gives',
  ),
  (value) => {
    const { imageSize: size, labelNames } = value as { imageSize: unknown; labelNames: readonly string[] };
    const images = split(labelNames.length);
    return object(
      {
        ...statistics(channelsOf(size)),
        train: images,
        validation: optional(images),
        test: optional(images),
      },
      'a data source',
    )(value);
  },
);

export interface BatchSize {
  /** Values of an image. */
  readonly pixels: number;
  /** Labels that the data has. */
  readonly classes: number;
  /** Numbers of the targets of an image. */
  readonly targets: number;
}

/** A batch of any number of images above 0, whose four arrays agree. Compares types and lengths; of the values it reads the labels alone. */
export const hostBatch =
  ({ pixels: each, classes, targets: perImage }: BatchSize): Shape =>
  (value) => {
    const fields = object({}, 'a batch { indices, images, labels, targets }')(value);
    if (fields) return fields;
    const { indices } = value as { indices?: ArrayLike<number> | null };
    const count = indices?.length ?? 0;
    if (count === 0) {
      const got = describeValue(indices);
      return { path: 'indices', got, expected: 'an Int32Array of at least 1, a position for each image' };
    }
    const ofClasses: Shape = (labels) => {
      const wrong = (labels as Int32Array).find((label) => !(label >= 0 && label < classes));
      return wrong === undefined
        ? undefined
        : {
            path: '',
            got: `an Int32Array that holds ${wrong}`,
            expected: `one of classes from 0 to ${classes - 1}`,
          };
    };
    return object(
      {
        indices: int32Array(count, 'a position for each image'),
        images: float32Array(count * each, `${each} values for each of the ${count} indices`),
        labels: all(int32Array(count, `1 for each of the ${count} indices`), ofClasses),
        targets: float32Array(count * perImage, `${perImage} for each of the ${count} indices`),
      },
      'a batch',
    )(value);
  };

/** Gradients by name after a hook has changed them: known names, tensors of the same shape. */
export const gradients =
  (sizes: ReadonlyMap<string, readonly number[]>): Shape =>
  (value) => {
    for (const [name, gradient] of value as Map<unknown, unknown>) {
      const size = sizes.get(name as string);
      if (size === undefined) {
        const got = describeValue(name);
        return { path: 'entry', got, expected: 'the name of a gradient that was there' };
      }
      const shape = that(
        (each) => isLiveTensor(each) && each.shape.join() === size.join() && each.dtype === 'float32',
        `a tensor [${size}] of float32`,
      );
      const fault = within(`entry ${name}`, shape, gradient);
      if (fault) return fault;
    }
    return undefined;
  };
