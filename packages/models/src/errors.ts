import type { ImageSize } from '@kdx/core';
import { CORE_ERRORS } from '@kdx/core/errors';
import { didYouMean, type ErrorTable, errorMaker, KdxError, TENSOR_ERRORS } from '@kdx/tensor/errors';
import { similarNames } from './names/similar-names.js';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const MODELS_ERRORS = {
  KDX_MODEL_NAME: {
    exit: 'usage',
    means: "The text does not read as `name?option=value@file`, or is a run's folder or a file",
    fix: 'write it as the sentence says, in quotes',
  },
  KDX_MODEL_OPTION: {
    exit: 'usage',
    means: 'A model option is unknown or has a wrong value',
    fix: 'take one that the sentence lists',
  },
  KDX_MODEL_IMAGE_SIZE: {
    exit: 'usage',
    means: 'Model, patches and images do not fit in size',
    fix: "say `?img=…` (and a `patch` that divides it) in the model's name",
  },
  KDX_MODEL_NORMALIZATION: {
    exit: 'usage',
    means: "The normalisation in a model's name is not one number per channel",
    fix: 'say `?mean=0.5,0.5,0.5&std=0.25,0.25,0.25`',
  },
  KDX_MODEL_ATTENTION: {
    exit: 'usage',
    means: 'The model has no attention that can be measured',
    fix: 'give a vision transformer',
  },
  KDX_MODEL_HEAD: {
    exit: 'usage',
    means: 'A model of your own does not say which weight makes the logits',
    fix: 'set `classHead` in its definition',
  },
  KDX_MODEL_TWICE: {
    exit: 'usage',
    means: 'Two model families claim one name',
    fix: 'rename one of them',
  },
  KDX_ADAPT_UNSUPPORTED: {
    exit: 'usage',
    means: 'A method wants to change the student (a token, another attention) and this model cannot be',
    fix: 'choose a student that can, or leave that part of the method out as the sentence says',
  },
  KDX_PREDICT_IMAGES: {
    exit: 'failure',
    means: '`predict()` got something other than images',
    fix: 'give one of the kinds that the sentence lists',
  },
  KDX_PREDICT_SIZE: {
    exit: 'failure',
    means: 'Images for `predict()` have another size or number of channels than the model takes',
    fix: 'scale them as the training images were; channels last',
  },
  KDX_PREDICT_RANGE: {
    exit: 'failure',
    means: 'A value of an image for `predict()` is NaN or not in [0, 1]',
    fix: 'give bytes, or floats in [0, 1] that are not normalised',
  },
  KDX_PREDICT_OPTIONS: {
    exit: 'failure',
    means: 'An option of `predict()` does not fit the model',
    fix: 'the sentence names what it takes',
  },
  KDX_WEIGHTS_MODEL: {
    exit: 'warning',
    means: "The file was saved from a model with other options, which no tensor's shape tells",
    fix: 'name the model as the file does',
  },
  KDX_WEIGHTS_PREFIX: {
    exit: 'warning',
    means: 'All names in the file begin with what a wrapper put there, such as `module.`',
    fix: 'nothing: they are read without it',
  },
  KDX_WEIGHTS_METADATA: {
    exit: 'failure',
    means: 'What the file says of itself cannot be read, or contradicts its tensors',
    fix: 'export it again, or remove that metadata',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...CORE_ERRORS, ...MODELS_ERRORS });

export const unknownModel = (base: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_MODEL_UNKNOWN',
    `No model is called "${base}".${didYouMean(base, known) || similar(base, known)} "kdx models" lists them all.`,
  );

function similar(base: string, known: readonly string[]): string {
  const names = similarNames(base, known);
  return names.length === 0 ? '' : ` The most similar: ${names.join(', ')}.`;
}

export const unknownOption = (model: string, option: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_MODEL_OPTION',
    `"${model}" has no option "${option}".${didYouMean(option, known)} It has ${known.join(', ')}.`,
  );

export const badOption = (model: string, option: string, problem: string): KdxError =>
  kdxError('KDX_MODEL_OPTION', `Option "${option}" of "${model}": ${problem}`);

export const unsupportedAdaptation = (
  model: string,
  adaptation: string,
  supports: readonly string[],
): KdxError =>
  kdxError(
    'KDX_ADAPT_UNSUPPORTED',
    `"${model}" cannot take the adaptation "${adaptation}"; ${
      supports.length > 0 ? `it takes ${supports.join(', ')}` : 'it takes none'
    }. Choose a student that can (a ViT such as "deit_tiny_patch16_224" takes distillation-token and convolutional-attention) or leave out the plugin that asks for it.`,
  );

export const optionAgainstAdaptation = (
  model: string,
  option: string,
  said: unknown,
  asked: unknown,
  adaptation: string,
): KdxError =>
  badOption(
    model,
    option,
    `it is ${said}, and a plugin asks for ${asked} by the adaptation "${adaptation}"; leave it out of the name, or set the plugin's option to the same.`,
  );

export const noAttention = (model: string, missing: string): KdxError =>
  kdxError(
    'KDX_MODEL_ATTENTION',
    `The attention of "${model}" cannot be measured: it has no ${missing}; give a ViT such as "deit_tiny_patch16_224".`,
  );

export const wrongMeasurement = (model: string, given: string, mend: string): KdxError =>
  kdxError('KDX_MODEL_ATTENTION', `The attention of "${model}" cannot be measured on ${given}; ${mend}.`);

export const wrongImageSize = (model: string, size: ImageSize, data: ImageSize): KdxError =>
  kdxError(
    'KDX_MODEL_IMAGE_SIZE',
    `"${model}" takes images of ${size[0]}×${size[1]} and the data has ${data[0]}×${data[1]}; say so in its name with "?img=${
      data[0] === data[1] ? data[0] : `${data[0]}x${data[1]}`
    }" (and a "patch" that divides it).`,
  );

export const patchDoesNotDivide = (model: string, size: ImageSize, patch: number): KdxError =>
  kdxError(
    'KDX_MODEL_IMAGE_SIZE',
    `"${model}" cuts images of ${size[0]}×${size[1]} into patches of ${patch}×${patch}, which does not come out even; choose a "patch" that divides both sides, or another "img".`,
  );

export const imageTooSmall = (model: string, [height, width]: ImageSize, least: number): KdxError =>
  kdxError(
    'KDX_MODEL_IMAGE_SIZE',
    `"${model}" is asked for images of ${height}×${width}, of which its pooling leaves nothing; give it ${least}×${least} or more.`,
  );

export const classesUnknown = (model: string): KdxError =>
  kdxError(
    'KDX_CLASS_COUNT',
    `"${model}" was to be built without a number of classes; give the data set, build({ classes }), or a weights file.`,
  );

export const classCount = (model: string, file: string, fileClasses: number, dataClasses: number): KdxError =>
  kdxError(
    'KDX_CLASS_COUNT',
    `"${model}" was trained for ${fileClasses} classes (${file}), the data set has ${dataClasses}; give weights that were trained on these classes, or the data they were trained on.`,
  );

export const badNormalization = (model: string, problem: string): KdxError =>
  kdxError(
    'KDX_MODEL_NORMALIZATION',
    `The normalisation of "${model}" ${problem}; say "?mean=0.5,0.5,0.5&std=0.25,0.25,0.25" in its name, one number per channel.`,
  );
