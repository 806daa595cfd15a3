import { type DataSource, type Model } from '@kdx/core';
import { keyedRng } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/**
 * Training images for the pixels of a batch to begin with: of each target's class where the source has `classes` classes, as the
 * network has, otherwise any; drawn with replacement, keyed by seed and batch.
 * @returns `B · H · W · C` values in [0, 1]
 */
export async function startingImages(
  source: DataSource,
  targets: ArrayLike<number>,
  { seed, batch, classes }: { readonly seed: number; readonly batch: number; readonly classes: number },
): Promise<Float32Array> {
  const { train, imageSize } = source;
  const [height, width, channels] = imageSize;
  const size = height * width * channels;
  const rng = keyedRng(seed, 'start', batch);
  const ofClass = source.labelNames.length === classes ? indicesByClass(train.labels, classes) : undefined;
  const images = new Float32Array(targets.length * size);
  for (let i = 0; i < targets.length; i += 1) {
    const own = ofClass?.[targets[i]];
    const index = own ? own[rng.integer(own.length)] : rng.integer(train.length);
    await train.read(index, images.subarray(i * size, (i + 1) * size));
  }
  return images;
}

/** @throws KdxError `KDX_SYNTH_START` for images of another size, or where a class of `wanted` has none */
export function checkStart(source: DataSource, { spec }: Model, wanted: readonly number[]): void {
  const { imageSize, train, labelNames, name } = source;
  if (imageSize.join() !== spec.inputSize.join()) {
    throw kdxError(
      'KDX_SYNTH_START',
      `--start ${name} has images of ${imageSize.join('×')} and "${spec.name}" takes ${spec.inputSize.join('×')}; name images of that size, or leave it out to begin with noise.`,
    );
  }
  if (labelNames.length !== spec.classes) return;
  const present = new Set(Array.from(train.labels));
  const missing = wanted.find((k) => !present.has(k));
  if (missing === undefined) return;
  throw kdxError(
    'KDX_SYNTH_START',
    `--start ${name} has no training image of class ${missing} ("${labelNames[missing]}"); leave that class out of --classes, or name images of every class.`,
  );
}

function indicesByClass(labels: ArrayLike<number>, classes: number): readonly (readonly number[])[] {
  const indices: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i += 1) indices[labels[i]]?.push(i);
  return indices;
}
