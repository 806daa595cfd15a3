import type { ForwardOptions, ModelOutput } from '@kdx/core';
import type * as tf from '@tensorflow/tfjs';
import { headsNotReached } from '../errors.js';
import { type ForwardCall, forwardCall } from './call.js';
import { TapRecorder } from './tap-recorder.js';

/** Every head by name, each `[B, K]`; `class` is always there. */
export type Heads = { readonly class: tf.Tensor2D } & Readonly<Record<string, tf.Tensor2D>>;

/** A network's own part of a forward. `images` is `[B, H, W, C]`, already normalised. */
export type Network = (images: tf.Tensor4D, call: ForwardCall) => Heads;

/**
 * Implements core's `Model.forward` for a network of layers: keeps the taps that `options` ask for, and with
 * `logits: false` runs no layer past the last of them (batch-norm buffers behind it then stay as they are). Activations
 * are freed layer by layer, except those that a gradient will read; the returned tensors belong to the open scope.
 * @throws KdxError `KDX_TAP_UNKNOWN`, `KDX_TAP_TWICE`, `KDX_RNG_MISSING`
 */
export function runForward(images: tf.Tensor4D, options: ForwardOptions, network: Network): ModelOutput {
  const taps = new TapRecorder(options.taps ?? [], { endAtLast: options.logits === false });
  const call = forwardCall(options, taps);
  const { result, taps: tensors } = taps.run(() => ({ ...network(images, call) }));
  const heads = (): Heads => {
    if (!result) throw headsNotReached();
    return result as Heads;
  };
  return {
    get logits() {
      return heads().class;
    },
    get heads() {
      return heads();
    },
    taps: tensors,
  };
}
