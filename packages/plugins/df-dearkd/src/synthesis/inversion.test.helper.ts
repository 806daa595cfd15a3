import type { Model } from '@kdx/core';
import { model } from '@kdx/models';
import type * as tf from '@tensorflow/tfjs';
import { tinySettings } from '../tiny-pool.test.helper.js';
import { type InversionOptions, type InversionProgress, invert } from './inversion.js';
import type { SynthesisSettings } from './settings.js';

/** Four classes, 8×8. */
export const smallNetwork = (): Promise<Model> =>
  model('cifar_resnet8').build({ classes: 4, imageSize: [8, 8, 3], seed: 3 });

export const settings = (over: Partial<SynthesisSettings> = {}): SynthesisSettings =>
  tinySettings({ phases: [{ iterations: 12, scale: 1 }], ...over });

/** Leaps so wide that the loss rises again. */
export const OVERSHOOTING = { lr: 20, warmup: 0, jitter: 0, flip: 0, clamp: false } as const;

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
