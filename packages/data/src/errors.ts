import { CORE_ERRORS } from '@kdx/core/errors';
import { didYouMean, type ErrorTable, errorMaker, KdxError, lookedFor } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const DATA_ERRORS = {
  KDX_DATA_FAMILY: {
    exit: 'usage',
    means: 'There is no data set of that name, or two are called the same',
    fix: '`kdx data` lists them; rename one of two',
  },
  KDX_DATA_SPEC: {
    exit: 'usage',
    means: "The text after `--data` does not read as this data set's",
    fix: 'write it as the sentence shows',
  },
  KDX_DATA_OPTION: {
    exit: 'usage',
    means: 'An option of a data set is unknown, said twice, or has a wrong value',
    fix: '`kdx data` lists the options',
  },
  KDX_DATA_AUGMENT: {
    exit: 'usage',
    means: 'A transform of `augment=` is unknown, or an argument of it is wrong',
    fix: 'take a name and arguments from the sentence',
  },
  KDX_DATA_STATISTICS: {
    exit: 'usage',
    means:
      'Images are to be normalised, or changed in units of their statistics, without a usable mean and std',
    fix: 'give `mean` and `std`, or pass the source through `tellStatistics`',
  },
  KDX_DATA_MISSING: {
    exit: 'usage',
    means: 'Files of the data set are not in that folder',
    fix: 'download or unpack it there, as the sentence says',
  },
  KDX_DATA_TRUNCATED: {
    exit: 'failure',
    means: 'A data file has not a whole number of records',
    fix: 'download or unpack it again',
  },
  KDX_DATA_NAMES: {
    exit: 'failure',
    means: 'A file of class names has another number of them than the data set',
    fix: 'download or unpack it again',
  },
  KDX_DATA_LABEL: {
    exit: 'failure',
    means: "A record's label is outside the classes",
    fix: 'check that labels and class names belong together',
  },
  KDX_DATA_SUBSET: {
    exit: 'usage',
    means:
      'More images are asked for than there are, or none would be left of a split, or of classes to train on',
    fix: 'ask for fewer, or for others',
  },
  KDX_DATA_INDEX: {
    exit: 'failure',
    means: 'A sample beyond the end of a split was read',
    fix: "in code: stay below the split's length",
  },
  KDX_IMAGE_CODEC: {
    exit: 'failure',
    means: '`sharp`, which reads and writes image files, does not load',
    fix: '`npm install --include=optional sharp`',
  },
  KDX_IMAGE_MISSING: {
    exit: 'failure',
    means: 'An image file cannot be read',
    fix: 'put it there, or name another',
  },
  KDX_IMAGE_BROKEN: {
    exit: 'failure',
    means: 'A file is no whole PNG or JPEG',
    fix: 'replace it as the sentence says',
  },
  KDX_IMAGE_SIZE: {
    exit: 'failure',
    means: 'An image has another size than was wanted',
    fix: "see the sentence's remedy",
  },
  KDX_IMAGE_PIXEL: {
    exit: 'failure',
    means: 'A value of an image is no number, so no pixel stands for it',
    fix: 'pass numbers, 0 for black and 1 for white',
  },
  KDX_IMAGE_QUALITY: {
    exit: 'usage',
    means: 'A JPEG quality is no whole number from 1 to 100',
    fix: 'name one',
  },
  KDX_POOL_MISSING: {
    exit: 'usage',
    means: 'There is no pool in that folder, or none was named',
    fix: 'make one with `kdx synth`',
  },
  KDX_POOL_BROKEN: {
    exit: 'failure',
    means: 'Files of the pool are missing or are not what was written',
    fix: 'restore them, or make the pool anew',
  },
  KDX_POOL_FORMAT: {
    exit: 'usage',
    means: 'The pool is of a format that this kdx does not know',
    fix: 'update kdx, or make the pool anew',
  },
  KDX_POOL_UNVERIFIED: {
    exit: 'usage',
    means: "`threshold=` wants scores of one verifier, and some images have none or another's",
    fix: '`kdx synth --verify MODEL@WEIGHTS --out POOL`',
  },
  KDX_POOL_EMPTY: {
    exit: 'usage',
    means: 'No image of the pool is left to train on',
    fix: 'a lower `threshold=`, or more images',
  },
  KDX_POOL_CLASS: {
    exit: 'usage',
    means: 'The pool has no such class',
    fix: 'name one that it has, or its index',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...CORE_ERRORS, ...DATA_ERRORS });

const list = (names: readonly string[]): string => names.join(', ');

/** `KDX_DATA_FAMILY`: the part of a spec before its colon is not the name of a data set. */
export const unknownFamily = (name: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_DATA_FAMILY',
    `There is no data set called "${name}"; kdx knows ${list(known)}.${didYouMean(name, known)} ${OWN_IMAGES}`,
  );

/** `KDX_DATA_FAMILY`: a folder or file of images, without the name of a data set that reads it. */
export const notASpec = (spec: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_DATA_FAMILY',
    `"${spec}" is a folder or file and does not say which data set it holds; write e.g. "cifar100:${spec}" (kdx knows ${list(known)}). ${OWN_IMAGES}`,
  );

const OWN_IMAGES =
  'Images of your own come through a plugin that opens them, --plugins ./my-data.mjs: see "Your own images" in kdx\'s README.';

/** `KDX_DATA_FAMILY`: two families claim one name. */
export const familyTwice = (name: string, first: string, second: string): KdxError =>
  kdxError(
    'KDX_DATA_FAMILY',
    `Two data sets are called "${name}" ("${first}" and "${second}"); rename one of them.`,
  );

/** `KDX_DATA_SPEC`: the spec lacks a source or has one too many. */
export const wrongSource = (spec: string, expected: string): KdxError =>
  kdxError('KDX_DATA_SPEC', `The data spec "${spec}" does not read as ${expected}; write it like that.`);

/** `KDX_DATA_OPTION`: the query of a spec names an option that the data set does not have. */
export const unknownOption = (option: string, family: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_DATA_OPTION',
    `The data set "${family}" has no option "${option}"; it has ${list(known)}.${didYouMean(option, known)}`,
  );

/** `KDX_DATA_OPTION`: an option's value is not what it takes. */
export const wrongOption = (option: string, text: string, family: string, syntax: string): KdxError =>
  kdxError(
    'KDX_DATA_OPTION',
    `The option "${option}=${text}" of the data set "${family}" must be ${syntax}, e.g. in "${family}?${option}=…".`,
  );

/** `KDX_DATA_OPTION`: an option stands twice in one spec. */
export const optionTwice = (option: string, spec: string): KdxError =>
  kdxError('KDX_DATA_OPTION', `The option "${option}" stands twice in "${spec}"; keep one of them.`);

/** `KDX_DATA_AUGMENT`: a transform is unknown or its arguments are wrong. */
export const wrongTransform = (text: string, why: string): KdxError =>
  kdxError('KDX_DATA_AUGMENT', `The transform "${text}" cannot be used: ${why}.`);

/** `KDX_DATA_AUGMENT`: no transform has that name. */
export const unknownTransform = (name: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_DATA_AUGMENT',
    `There is no transform called "${name}" for augment=; kdx knows ${list(known)} and none.${didYouMean(name, known)}`,
  );

/** `KDX_DATA_AUGMENT`: a transform has no argument of that name. */
export const unknownArgument = (text: string, name: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_DATA_AUGMENT',
    `The transform "${text}" has no argument "${name}"; it has ${list(known)}.${didYouMean(name, known)}`,
  );

/** `KDX_DATA_AUGMENT`: an argument is none of the words it takes. */
export const wrongChoice = (
  text: string,
  name: string,
  value: string,
  choices: readonly string[],
): KdxError =>
  kdxError(
    'KDX_DATA_AUGMENT',
    `The transform "${text}" cannot be used: ${name}=${value} must be one of ${list(choices)}.${didYouMean(value, choices)}`,
  );

/** `KDX_DATA_STATISTICS`: a transform is applied that works in units of statistics it was not told. */
export const noStatistics = (name: string): KdxError =>
  kdxError(
    'KDX_DATA_STATISTICS',
    `The transform "${name}" needs the mean and std of its data and was told none; pass your data source through ` +
      'tellStatistics(source), or give the transform statistics: { mean, std }.',
  );

/** `KDX_DATA_AUGMENT`: a transform for images met something that is none. */
export const notAnImage = (name: string, value: number): KdxError =>
  kdxError(
    'KDX_DATA_AUGMENT',
    `The transform "${name}" takes pixels in [0, 1] and met ${value}; mend that image, or name erase after it, whose ` +
      'noise leaves [0, 1].',
  );

/** `KDX_DATA_AUGMENT`: noise would meet a transform for images. */
export const eraseTooEarly = (erase: string, later: string, mended: string): KdxError =>
  kdxError(
    'KDX_DATA_AUGMENT',
    `The transform "${erase}" stands before "${later}", which takes pixels in [0, 1], and its noise leaves them; write augment=${mended}.`,
  );

/** `KDX_DATA_SUBSET`: a share is so small that classes go without an image. */
export const shareBelowClasses = (percent: number, images: number, classes: number): KdxError =>
  kdxError(
    'KDX_DATA_SUBSET',
    `train=${percent}% is ${images} image${images === 1 ? '' : 's'} for ${classes} classes, some of which would have none; ask for a larger share, or for train=${images} where that is meant.`,
  );

/** `KDX_DATA_SUBSET`: what is asked for validation takes the last training images of classes. */
export const classesUsedUp = (asked: string, most: number, lost: readonly string[]): KdxError =>
  kdxError(
    'KDX_DATA_SUBSET',
    `${asked} would leave no training image of ${someNames(lost)}; ${most > 0 ? `ask for at most ${most} validation images` : 'leave validation out, or add images: each class needs two'}.`,
  );

/** The first ten names in quotes, and how many more there are. */
const someNames = (names: readonly string[]): string => {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return `${names.length === 1 ? 'class' : 'classes'} ${list(shown)}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
};

/** `KDX_DATA_MISSING`: files of a data set are not where the spec points. */
export const missingFiles = (
  title: string,
  directory: string,
  missing: readonly string[],
  remedy: string,
  cause?: unknown,
): KdxError =>
  kdxError(
    'KDX_DATA_MISSING',
    `${title} was not found in "${directory}"${lookedFor(directory)}, which lacks ${list(missing)}; ${remedy}.`,
    { cause },
  );

/** `KDX_DATA_TRUNCATED`: a file does not hold whole records. */
export const truncatedFile = (file: string, bytes: number, record: number): KdxError =>
  kdxError(
    'KDX_DATA_TRUNCATED',
    `"${file}" has ${bytes} bytes, which is not a positive multiple of the ${record} bytes of a record ` +
      `(${Math.floor(bytes / record)} records and ${bytes % record} bytes); download or unpack it again.`,
  );

/** `KDX_DATA_LABEL`: a label is not a class. */
export const labelOutOfRange = (where: string, record: number, label: number, classes: number): KdxError =>
  kdxError(
    'KDX_DATA_LABEL',
    `Record ${record} of ${where} has label ${label}, but labels of ${classes} classes are 0 to ${classes - 1}; ` +
      'check that the labels belong to these class names.',
  );

/** `KDX_DATA_NAMES`: a file of class names has not one name per class. */
export const wrongNameCount = (file: string, found: number, expected: number): KdxError =>
  kdxError(
    'KDX_DATA_NAMES',
    `"${file}" names ${found} classes instead of ${expected}; download or unpack it again.`,
  );

/** `KDX_DATA_SUBSET`: a spec asks for more images than there are. */
export const subsetTooLarge = (asked: string, wanted: number, available: string): KdxError =>
  kdxError('KDX_DATA_SUBSET', `${asked} needs ${wanted} images, but there are ${available}; ask for fewer.`);

/** `KDX_DATA_SUBSET`: nothing is left of a split. */
export const emptySubset = (asked: string, split: string): KdxError =>
  kdxError(
    'KDX_DATA_SUBSET',
    `${asked} leaves no image in the ${split} split; leave it out or ask for others.`,
  );

/** `KDX_DATA_NAN`: a pixel is not a number in [0, 1]. */
export const wrongPixel = (where: string, sample: number, value: number): KdxError =>
  kdxError(
    'KDX_DATA_NAN',
    `Image ${sample} of ${where} holds the value ${value}, but pixels are numbers in [0, 1]; ` +
      'divide 8-bit pixels by 255 or pass them as Uint8Array, and do not normalise them.',
  );

/** `KDX_DATA_SHAPE`: arrays whose lengths do not fit each other. */
export const wrongLength = (what: string, found: number, expected: string): KdxError =>
  kdxError('KDX_DATA_SHAPE', `${what} has length ${found}, but ${expected} was expected; check imageSize.`);

/** `KDX_DATA_STATISTICS`: images cannot be normalised with these statistics. */
export const wrongStatistics = (name: string, why: string): KdxError =>
  kdxError('KDX_DATA_STATISTICS', `The data set "${name}" cannot be normalised: ${why}; give mean and std.`);

/** `KDX_DATA_INDEX`: a sample is read that the split does not have. */
export const noSuchSample = (index: number, length: number): KdxError =>
  kdxError(
    'KDX_DATA_INDEX',
    `Sample ${index} was read from a split of ${length} samples; stay below its length.`,
  );
