import type { HeadRule, Model, ModelOutput, Split } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { evaluate, evaluateWithConfusion } from './index.js';

test.before(() => tf.setBackend('cpu'));

/** Seven images of three pixels: what the heads see is what they answer. */
const answers = [
  [2, 1, 0],
  [0, 2, 1],
  [1, 0, 2],
  [0, 3, 1],
  [0, 1, 0],
  [3, 0, 1],
  [0, 2, 0],
];
const split: Split = {
  length: 7,
  labels: [0, 1, 2, 0, 1, 2, 0],
  read: (index, out) => out.set(answers[index]),
};

/** The pixels are the logits of the class head; the distillation head, where there is one, gives them in reverse order. */
const model = (heads: readonly string[]): Model =>
  ({
    spec: { name: 'answers', classes: 3, heads, mean: [0], std: [1], inputSize: [1, 3, 1] },
    forward: (images: tf.Tensor4D): ModelOutput => {
      const logits = tf.reshape(images, [-1, 3]) as tf.Tensor2D;
      const reversed = { distillation: tf.reverse(logits, 1) };
      return { logits, heads: { class: logits, ...(heads.length > 1 && reversed) }, taps: {} };
    },
  }) as unknown as Model;
const imageSize = [1, 3, 1] as const;

test('where the head rule picks one of several heads, the mean of their logits is scored beside it', async (t) => {
  const student = model(['class', 'distillation']);
  const scored = (headRule?: HeadRule) => evaluate(student, split, { imageSize, headRule });
  const [picked, fused] = [await scored('class'), await scored('mean')];
  t.deepEqual(Object.keys(picked).sort(), ['class', 'distillation', 'fused', 'mean']);
  t.deepEqual(picked.fused, picked.class);
  t.deepEqual(picked.mean, fused.fused);
  t.deepEqual(Object.keys(fused).sort(), ['class', 'distillation', 'fused']);
  t.deepEqual(await scored(), fused, 'a distilled model is usually scored by the mean of its heads');
  const alone = await evaluate(model(['class']), split, { imageSize });
  t.deepEqual(Object.keys(alone).sort(), ['class', 'fused']);
});

test('the cells of the confusion are of the fused head, and hold every image once', async (t) => {
  const { heads, cells } = await evaluateWithConfusion(model(['class']), split, { imageSize, batch: 3 });
  // By hand: images 3, 5 and 6 are wrong.
  t.deepEqual(cells, [
    [0, 0, 1],
    [0, 1, 2],
    [1, 1, 2],
    [2, 0, 1],
    [2, 2, 1],
  ]);
  t.true(Math.abs(heads.fused.top1 - 400 / 7) < 1e-9);
});
