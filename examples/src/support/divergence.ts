import type { DataSource, Model } from '@kdx/core';
import { normalizeImages } from '@kdx/core/run';
import * as tf from '@tensorflow/tfjs';

/** Mean over the test images of KL(teacher ‖ student). */
export async function divergence(teacher: Model, student: Model, data: DataSource): Promise<number> {
  const { test, imageSize } = data;
  if (!test) throw new Error('the data has no test split');
  const pixels = imageSize[0] * imageSize[1] * imageSize[2];
  const images = new Float32Array(test.length * pixels);
  for (let i = 0; i < test.length; i++) await test.read(i, images.subarray(i * pixels, (i + 1) * pixels));
  const value = tf.tidy(() => {
    const x = tf.tensor4d(images, [test.length, ...imageSize]);
    const logProbabilities = (model: Model): tf.Tensor => {
      return tf.logSoftmax(model.forward(normalizeImages(x, model.spec), { training: false }).logits);
    };
    const [t, s] = [logProbabilities(teacher), logProbabilities(student)];
    return tf.mean(tf.sum(tf.mul(tf.exp(t), tf.sub(t, s)), -1));
  });
  const [mean] = await value.data();
  value.dispose();
  return mean;
}
