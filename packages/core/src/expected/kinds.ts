import { TERM_GROUPS } from '../contracts/term.js';
import { describeValue, isLiveTensor, isPromise } from './describe-value.js';
import {
  aFunction,
  all,
  anything,
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

// What each kind of value that a plugin gives must be; the types of `contracts`, for plugins that no compiler has seen.

const HEAD_RULES = ['class', 'distillation', 'mean', 'sum-softmax'] as const;

export const headRule = oneOf(HEAD_RULES);

/** Checked without calling it; {@link checkedSchedule} checks what it gives. */
export const schedule = object(
  { at: aFunction, text },
  'a schedule { at(clock), text }, such as linear() gives',
);

const either =
  (a: Shape, b: Shape, expected: string): Shape =>
  (value) =>
    a(value) && b(value) ? { path: '', got: describeValue(value), expected } : undefined;

export const weight = either(finite, schedule, 'a finite number or a schedule, such as linear() gives');

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isPromise(value);

export const balance: Shape = (value) => {
  if (!isObject(value))
    return { path: '', got: describeValue(value), expected: 'an object of weights by group' };
  for (const [group, each] of Object.entries(value)) {
    const fault = within(group, optional(weight), each);
    if (fault) return fault;
  }
  return undefined;
};

export const texts = (expected: string): Shape => list(text, expected);

export const term = object(
  {
    id: that((value) => typeof value === 'string' && value !== '', 'a text that is not empty'),
    group: that((value) => typeof value === 'string', `one of ${TERM_GROUPS.join(', ')}`),
    weight: optional(weight),
    reads: texts('an array of names such as "student.logits"'),
    trains: optional(texts('an array of names such as "student"')),
    formula: optional(text),
    compute: aFunction,
  },
  'a term { id, group, reads, compute }',
);

const length = that(
  (value) => typeof value === 'string' || (typeof value === 'number' && value >= 0),
  'epochs, such as 5, or a share of the run, such as "10%"',
);

export const helperModule = object(
  {
    inputs: texts('an array of names such as "student.f1"'),
    build: aFunction,
    activeUntil: optional(length),
  },
  'a helper module { inputs, build }',
);

export const optimizerRule = object(
  { name: text, text, slots: texts('an array of names'), update: aFunction },
  'a rule { name, text, slots, update }, such as sgd() gives',
);

export const evaluator = object(
  { teachers: aFunction, student: aFunction },
  'an evaluator { teachers(signal), student(split, weights, at) }',
);

export const eventSink = object(
  { append: aFunction, cutAfter: aFunction, epochSeconds: aFunction, close: aFunction },
  'a sink { append(event), cutAfter(step), epochSeconds(), close() }',
);

const scoreLabel = object(
  { label: text, unit: optional(text), digits: optional(whole(0)) },
  'a label { label, unit } for each score',
);

export const task: Shape = all(
  object(
    {
      name: text,
      headline: object(
        { name: text, better: oneOf(['higher', 'lower'] as const) },
        "a headline { name, better: 'higher' | 'lower' }",
      ),
      terms: list(anything, 'an array of terms'),
      outputs: aFunction,
      targetShape: aFunction,
      collate: aFunction,
      score: aFunction,
      mixing: optional(aFunction),
      chance: optional(aFunction),
      warnings: optional(aFunction),
      compareNormalizations: optional(aFunction),
    },
    'a task { name, headline, scores, terms, outputs, targetShape, collate, score }',
  ),
  (value) => {
    const { scores, headline } = value as { scores: unknown; headline: { name: string } };
    if (!isObject(scores))
      return { path: 'scores', got: describeValue(scores), expected: 'an object of labels by score' };
    for (const [name, label] of Object.entries(scores)) {
      const fault = within(`scores.${name}`, scoreLabel, label);
      if (fault) return fault;
    }
    if (Object.hasOwn(scores, headline.name)) return undefined;
    const expected = `one of the scores ${Object.keys(scores).join(', ')}`;
    return { path: 'headline.name', got: describeValue(headline.name), expected };
  },
);

/** Rows and columns. */
const grid = that(
  (value) => Array.isArray(value) && value.length === 2 && value.every((n) => Number.isInteger(n) && n > 0),
  'two whole numbers above 0',
);

export const storage = object(
  {
    directory: text,
    events: eventSink,
    path: aFunction,
    checkpoint: aFunction,
    hasCheckpoint: aFunction,
    writeJson: aFunction,
    claim: aFunction,
    confirm: aFunction,
    close: aFunction,
  },
  'a store with directory, events, path(), checkpoint(), hasCheckpoint(), writeJson(), claim(), confirm() and close()',
);

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
      classNames: list(text, 'an array of names', 1),
      augment: list(
        object({ name: text, apply: aFunction }, 'a transform { name, apply }'),
        'an array of transforms',
      ),
    },
    'a data source { name, digest, imageSize, classNames, mean, std, train, augment }, such as fromArrays() gives',
  ),
  (value) => {
    const { imageSize: size, classNames } = value as { imageSize: unknown; classNames: readonly string[] };
    const images = split(classNames.length);
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
