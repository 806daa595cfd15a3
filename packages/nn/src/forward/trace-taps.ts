import type { ImageSize } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';
import { type ForwardCall, forwardCall } from './call.js';
import type { Network } from './run-forward.js';
import { TapRecorder } from './tap-recorder.js';

/** Notes the shape of everything that passes and keeps nothing. */
class ShapeRecorder extends TapRecorder {
  readonly shapes = new Map<string, readonly number[]>();

  constructor() {
    super([]);
  }

  protected override keep(path: string, tensor: tf.Tensor): void {
    this.shapes.set(path, tensor.shape.slice(1));
  }

  override wants(): boolean {
    return true;
  }

  override passOver(): boolean {
    return false;
  }
}

/**
 * Every tap path of a network with its shape without the batch axis, in forward order, found by one inference on a
 * black image. Paths that end in `:in` are inputs of layers, those that end in `:pre` are outputs before their ReLU.
 */
export function traceTaps(
  [height, width, channels]: ImageSize,
  network: Network,
): ReadonlyMap<string, readonly number[]> {
  const recorder = new ShapeRecorder();
  const call: ForwardCall = forwardCall({ training: false }, recorder);
  tape
    .off(() => {
      network(tf.zeros([1, height, width, channels]), call);
      return tf.scalar(0);
    })
    .dispose();
  return recorder.shapes;
}
