import type { DataSource } from '../contracts/data.js';
import type { ImageSize, Model, WeightFacts } from '../contracts/model.js';
import { kdxError } from '../errors.js';
import type { RunWarning } from '../plan/warning.js';

/** What weights are used with. What is not known is not compared. */
export interface WeightUse {
  /** Of the model that has them. */
  readonly name: string;
  readonly inputSize: ImageSize;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Of the data. */
  readonly labelNames?: readonly string[];
}

/** Statistics that differ by less are the same, written with fewer digits. */
const ROUNDING = 0.002;

/**
 * Compares what a weight file says of itself with the model and the data at hand.
 * @returns what is most likely not meant: other classes, another image size or normalisation, prefixed names
 * @throws KdxError `KDX_CLASS_NAMES` where the classes are the same in another order: every class would be taken for another
 */
export function compareWeights(facts: WeightFacts, use: WeightUse): readonly RunWarning[] {
  return [
    ...compareClasses(facts, use),
    ...compareSize(facts, use),
    ...compareNormalization(facts, use),
    ...(facts.notes ?? []),
  ];
}

/** `"t.safetensors" (cifar_resnet56)`, or the name alone of weights without a file. */
export const nameWithFile = (name: string, facts: WeightFacts | undefined): string =>
  facts?.file === undefined ? name : `"${facts.file}" (${name})`;

/** {@link compareWeights} for a model that was built before the data was known. */
export const compareModel = (model: Model, data: Pick<DataSource, 'labelNames'>): readonly RunWarning[] =>
  model.weights ? compareWeights(model.weights, { ...model.spec, labelNames: data.labelNames }) : [];

function compareClasses(facts: WeightFacts, { name, labelNames: ours }: WeightUse): RunWarning[] {
  const theirs = facts.labelNames;
  if (theirs === undefined || ours === undefined || theirs.length !== ours.length) return [];
  const [there, here] = [theirs.map(plainName), ours.map(plainName)];
  const first = there.findIndex((each, k) => each !== here[k]);
  if (first < 0) return [];
  const difference = `class ${first} is "${theirs[first]}" there and "${ours[first]}" in the data`;
  if (new Set(there).size === there.length && [...there].sort().join('\n') === [...here].sort().join('\n')) {
    throw kdxError(
      'KDX_CLASS_NAMES',
      `${nameWithFile(name, facts)} was trained with the same classes in another order: ${difference}, so it would be scored and distilled under wrong names; give data with its classes in ${facts.file === undefined ? 'that order' : "the order of the file, or, if the file's names are wrong, save it with saveWeights(model, file, { labelNames })"}.`,
    );
  }
  const moved = there.filter((each, k) => each !== here[k] && here.includes(each)).length;
  const also =
    moved === 0
      ? ''
      : `, and ${moved} of its classes ${moved === 1 ? 'stands' : 'stand'} elsewhere in the data`;
  return [
    {
      code: 'KDX_CLASS_NAMES',
      message: `${nameWithFile(name, facts)} was trained with other classes: ${difference}${also}; give weights and data of the same classes.`,
    },
  ];
}

/** Names that differ in case, spaces, dashes and underscores alone are the same name. */
const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();

function compareSize(facts: WeightFacts, { name, inputSize: ours }: WeightUse): RunWarning[] {
  const theirs = facts.inputSize;
  if (theirs === undefined || (theirs[0] === ours[0] && theirs[1] === ours[1])) return [];
  const [there, here] = [theirs, ours].map(([height, width]) => `${height} × ${width}`);
  return [
    {
      code: 'KDX_WEIGHTS_IMAGE_SIZE',
      message: `${nameWithFile(name, facts)} was trained on images of ${there} pixels and sees ${here} here, where networks lose much of their accuracy; give data of ${there} pixels, or weights that were trained on ${here}.`,
    },
  ];
}

function compareNormalization(facts: WeightFacts, use: WeightUse): RunWarning[] {
  const { mean, std } = facts;
  if (mean === undefined || std === undefined) return [];
  const differs = (theirs: readonly number[], ours: readonly number[]): boolean =>
    theirs.some((value, channel) => Math.abs(value - ours[channel]) > ROUNDING);
  if (!differs(mean, use.mean) && !differs(std, use.std)) return [];
  return [
    {
      code: 'KDX_WEIGHTS_NORMALIZATION',
      message: `${nameWithFile(use.name, facts)} was trained with mean ${mean.join(', ')} and std ${std.join(', ')} and sees images with mean ${use.mean.join(', ')} and std ${use.std.join(', ')}; leave "mean" and "std" out of its name.`,
    },
  ];
}
