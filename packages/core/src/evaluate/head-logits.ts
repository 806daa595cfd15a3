import * as tf from '@tensorflow/tfjs';
import { normalizeImages } from '../batch/normalize-images.js';
import type { ImageSize, Model, Normalization } from '../contracts/model.js';
import { forwardOf } from '../expected/model-output.js';

/**
 * Logits of every head in inference mode, on the host, `[B, K]` by head.
 * @param images `[B, H, W, C]` in [0, 1]
 * @param normalization what the images are normalised with; default the model's own
 */
export async function headLogits(
  model: Model,
  images: Float32Array,
  imageSize: ImageSize,
  normalization: Normalization = model.spec,
): Promise<Record<string, Float32Array>> {
  const [height, width, channels] = imageSize;
  const count = images.length / (height * width * channels);
  const heads = tf.tidy(() => {
    const tensor = tf.tensor4d(images, [count, ...imageSize]);
    return { ...forwardOf(model, normalizeImages(tensor, normalization), { training: false }).heads };
  });
  const logits: Record<string, Float32Array> = {};
  for (const [head, tensor] of Object.entries(heads)) {
    logits[head] = (await tensor.data()) as Float32Array;
    tensor.dispose();
  }
  return logits;
}
