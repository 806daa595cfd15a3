import { type HeadRule, type Model } from '@kdx/core';
import { headLogits } from '@kdx/core/run';
import { fuseHeads, usualHeadRule } from '@kdx/task-classification';
import { wrongOption } from './errors.js';
import { type PredictImages, readImages } from './read-images.js';

export interface PredictOptions {
  /** How many classes `top` lists, best first. Default 5, or all where there are fewer. */
  readonly topK?: number;
  /** Names of the classes, in order. Default what the weights file says, or the data that trained the model. */
  readonly classNames?: readonly string[];
  /** Which head, or which fusion of heads, decides. Default what the weights file says, as its run evaluated. */
  readonly headRule?: HeadRule;
  /** Images of one forward. Default 64. */
  readonly batch?: number;
}

/** A class that an image may be of. */
export interface PredictedClass {
  /** In [0, classes). */
  readonly index: number;
  /** Absent where no names are known. */
  readonly className?: string;
  /** In [0, 1]. */
  readonly probability: number;
}

export interface Prediction {
  /** The likeliest classes, best first. */
  readonly top: readonly PredictedClass[];
  /** Of every class, by index; the sum is 1. */
  readonly probabilities: Float32Array;
}

/**
 * Classifies images with a trained model. It checks size, channels and range of the images, normalises them with the
 * model's own mean and standard deviation, and applies the head rule.
 *
 * ```ts
 * const student = await model('cifar_resnet20@runs/kd/student.safetensors').build({});
 * const [{ top }] = await predict(student, await decodeImage('cat.png'));
 * console.log(top[0].className, top[0].probability);
 * ```
 * @param images not normalised: floats in [0, 1] or bytes, `[B, H, W, C]`; see {@link PredictImages}
 * @returns one prediction per image, in order
 * @throws KdxError `KDX_PREDICT_IMAGES`, `KDX_PREDICT_SIZE`, `KDX_PREDICT_RANGE` (NaN too), `KDX_PREDICT_OPTIONS`,
 *   `KDX_HEAD_MISSING`, `KDX_NON_FINITE` for weights that give no finite logits
 */
export async function predict(
  model: Model,
  images: PredictImages,
  options: PredictOptions = {},
): Promise<Prediction[]> {
  const { inputSize, classes } = model.spec;
  const { batch = 64, topK = Math.min(5, classes) } = options;
  const classNames = options.classNames ?? model.weights?.labelNames;
  const rule = options.headRule ?? usualHeadRule(model);
  if (!Number.isInteger(batch) || batch < 1)
    throw wrongOption(`batch takes a whole number above 0 and got ${batch}`);
  if (!Number.isInteger(topK) || topK < 1 || topK > classes) {
    throw wrongOption(`topK takes a whole number from 1 to ${classes}, the model's classes, and got ${topK}`);
  }
  if (classNames && classNames.length !== classes) {
    throw wrongOption(`classNames has ${classNames.length} names and the model has ${classes} classes`);
  }
  const values = await readImages(images, inputSize);
  const size = inputSize[0] * inputSize[1] * inputSize[2];
  const predictions: Prediction[] = [];
  for (let start = 0; start < values.length; start += batch * size) {
    const logits = await headLogits(model, values.subarray(start, start + batch * size), inputSize);
    const fused = fuseHeads(rule, logits, classes);
    for (let row = 0; row < fused.length; row += classes) {
      const probabilities = softmax(fused.subarray(row, row + classes));
      predictions.push({ top: topOf(probabilities, topK, classNames), probabilities });
    }
  }
  return predictions;
}

function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return Float32Array.from(powers, (power) => power / sum);
}

/** Of equal probabilities the lower index comes first. */
const topOf = (
  probabilities: Float32Array,
  count: number,
  names: readonly string[] | undefined,
): PredictedClass[] =>
  Array.from(probabilities, (probability, index) => ({ index, probability }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, count)
    .map(({ index, probability }) =>
      names ? { index, className: names[index], probability } : { index, probability },
    );
