import { crossEntropy, klDivergence } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { random, sameAsCpu, strided, withGradients } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

const matrix = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
const entropy = (logits: tf.Tensor, targets: tf.Tensor): tf.Tensor =>
  crossEntropy(matrix(logits), matrix(targets));

torchTest('cross-entropy and the gradients of logits and targets equal the composition', async (t) => {
  for (const shape of [
    [4, 3],
    [1, 1],
    [64, 100],
  ]) {
    await sameAsCpu(t, `[${shape}]`, () =>
      withGradients(entropy, [tf.mul(random(shape), 5), tf.softmax(random(shape, 2))]),
    );
  }
  await sameAsCpu(t, 'rows of targets that do not sum to 1', () =>
    withGradients(entropy, [strided([4, 3]), tf.abs(random([4, 3], 2))]),
  );
  await sameAsCpu(t, 'sure logits', () =>
    withGradients(entropy, [tf.mul(random([4, 3]), 1e4), tf.softmax(random([4, 3], 2))]),
  );
});

torchTest('KL divergence and the gradients of student and teacher equal the composition', async (t) => {
  for (const reduction of ['batchmean', 'numel'] as const) {
    for (const temperature of [1, 4, 0.5]) {
      await sameAsCpu(t, `${reduction}, τ ${temperature}`, () =>
        withGradients(
          (student, teacher) => klDivergence(matrix(student), matrix(teacher), { reduction, temperature }),
          [tf.mul(random([6, 5]), 3), strided([6, 5], 2)],
        ),
      );
    }
  }
});

torchTest('a weighted loss weighs its gradients', async (t) => {
  await sameAsCpu(t, 'sum of losses', () =>
    withGradients(
      (student, teacher) =>
        tf.add(
          tf.mul(klDivergence(matrix(student), matrix(teacher), { temperature: 3 }), 0.9),
          tf.mul(entropy(student, tf.softmax(random([6, 5], 3))), 0.1),
        ),
      [random([6, 5]), random([6, 5], 2)],
    ),
  );
});
