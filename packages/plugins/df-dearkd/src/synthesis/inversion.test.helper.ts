import type { Model } from '@kdx/core';
import { model } from '@kdx/models';
import type * as tf from '@tensorflow/tfjs';
import { type InversionOptions, type InversionProgress, invert } from './inversion.js';
import { SYNTHESIS_PRESETS, type SynthesisSettings } from './settings.js';

/** Four classes, 8×8. */
export const smallNetwork = (): Promise<Model> =>
  model('cifar_resnet8').build({ classes: 4, imageSize: [8, 8, 3], seed: 3 });

export const settings = (over: Partial<SynthesisSettings> = {}): SynthesisSettings => ({
  ...SYNTHESIS_PRESETS.cifar,
  classesPerBatch: 2,
  imagesPerClass: 2,
  phases: [{ iterations: 12, scale: 1 }],
  warmup: 2,
  ...over,
});

/** Four images of two classes. */
export const optionsOf = (network: Model, over: Partial<InversionOptions> = {}): InversionOptions => ({
  model: network,
  settings: settings(),
  targets: Int32Array.of(0, 0, 3, 3),
  seed: 0,
  batch: 0,
  progressEvery: 1,
  ...over,
});

/** A network, telling what it is shown. */
export const watched = (network: Model, tell: (images: tf.Tensor4D) => void): Model => ({
  spec: network.spec,
  parameters: network.parameters,
  buffers: network.buffers,
  taps: () => network.taps(),
  forward: (images, how) => {
    tell(images);
    return network.forward(images, how);
  },
  dispose: () => {},
});

/** Weights of nothing but these. */
export const only = (weights: Partial<SynthesisSettings['weights']>): SynthesisSettings['weights'] => ({
  ...{ ce: 0, tvL2: 0, tvL1: 0, l2: 0, batchNorm: 0, divergence: 0 },
  ...weights,
});

/** What is told of an inversion. */
export async function progressOf(given: InversionOptions): Promise<InversionProgress[]> {
  const seen: InversionProgress[] = [];
  await invert({ ...given, onProgress: (progress) => seen.push(progress) });
  return seen;
}
