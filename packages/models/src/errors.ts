import { type ImageSize } from '@kdx/core';
import { didYouMean, KdxError } from '@kdx/tensor';
import { similarNames } from './names/similar-names.js';

export const unknownModel = (base: string, known: readonly string[]): KdxError =>
  new KdxError(
    'KDX_MODEL_UNKNOWN',
    `No model is called "${base}".${didYouMean(base, known) || similar(base, known)} "kdx models" lists them all.`,
  );

function similar(base: string, known: readonly string[]): string {
  const names = similarNames(base, known);
  return names.length === 0 ? '' : ` The most similar: ${names.join(', ')}.`;
}

export const unknownOption = (model: string, option: string, known: readonly string[]): KdxError =>
  new KdxError(
    'KDX_MODEL_OPTION',
    `"${model}" has no option "${option}".${didYouMean(option, known)} It has ${known.join(', ')}.`,
  );

export const badOption = (model: string, option: string, problem: string): KdxError =>
  new KdxError('KDX_MODEL_OPTION', `Option "${option}" of "${model}": ${problem}`);

export const unsupportedAdaptation = (
  model: string,
  adaptation: string,
  supports: readonly string[],
): KdxError =>
  new KdxError(
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
  new KdxError(
    'KDX_MODEL_ATTENTION',
    `The attention of "${model}" cannot be measured: it has no ${missing}; give a ViT such as "deit_tiny_patch16_224".`,
  );

export const wrongMeasurement = (model: string, given: string, mend: string): KdxError =>
  new KdxError('KDX_MODEL_ATTENTION', `The attention of "${model}" cannot be measured on ${given}; ${mend}.`);

export const wrongImageSize = (model: string, size: ImageSize, data: ImageSize): KdxError =>
  new KdxError(
    'KDX_MODEL_IMAGE_SIZE',
    `"${model}" takes images of ${size[0]}×${size[1]} and the data has ${data[0]}×${data[1]}; say so in its name with "?img=${
      data[0] === data[1] ? data[0] : `${data[0]}x${data[1]}`
    }" (and a "patch" that divides it).`,
  );

export const patchDoesNotDivide = (model: string, size: ImageSize, patch: number): KdxError =>
  new KdxError(
    'KDX_MODEL_IMAGE_SIZE',
    `"${model}" cuts images of ${size[0]}×${size[1]} into patches of ${patch}×${patch}, which does not come out even; choose a "patch" that divides both sides, or another "img".`,
  );

export const imageTooSmall = (model: string, [height, width]: ImageSize, least: number): KdxError =>
  new KdxError(
    'KDX_MODEL_IMAGE_SIZE',
    `"${model}" is asked for images of ${height}×${width}, of which its pooling leaves nothing; give it ${least}×${least} or more.`,
  );

export const classesUnknown = (model: string): KdxError =>
  new KdxError(
    'KDX_CLASS_COUNT',
    `"${model}" was to be built without a number of classes; give the data set, build({ classes }), or a weights file.`,
  );

export const classCount = (model: string, file: string, fileClasses: number, dataClasses: number): KdxError =>
  new KdxError(
    'KDX_CLASS_COUNT',
    `"${model}" was trained for ${fileClasses} classes (${file}), the data set has ${dataClasses}; give weights that were trained on these classes, or the data they were trained on.`,
  );

export const badNormalization = (model: string, problem: string): KdxError =>
  new KdxError(
    'KDX_MODEL_NORMALIZATION',
    `The normalisation of "${model}" ${problem}; say "?mean=0.5,0.5,0.5&std=0.25,0.25,0.25" in its name, one number per channel.`,
  );
