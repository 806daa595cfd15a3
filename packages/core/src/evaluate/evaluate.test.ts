import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { evaluate, type HeadRule } from '../index.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { tinyData } from '../train/tiny-run.test.helper.js';

test.before(() => tf.setBackend('cpu'));

test('where the head rule picks one of several heads, the mean of their logits is scored beside it', async (t) => {
  const data = tinyData();
  const student = await tiny({ distilled: true }).build({ classes: data.classNames.length });
  const scored = (headRule: HeadRule) =>
    evaluate(student, data.train, { imageSize: data.imageSize, headRule });
  const [picked, fused] = [await scored('class'), await scored('mean')];
  t.deepEqual(Object.keys(picked).sort(), ['class', 'distillation', 'fused', 'mean']);
  t.deepEqual(picked.fused, picked.class);
  t.deepEqual(picked.mean, fused.fused);
  t.deepEqual(Object.keys(fused).sort(), ['class', 'distillation', 'fused']);
  student.dispose();
  const plain = await tiny().build({ classes: data.classNames.length });
  const alone = await evaluate(plain, data.train, { imageSize: data.imageSize, headRule: 'class' });
  t.deepEqual(Object.keys(alone).sort(), ['class', 'fused']);
  plain.dispose();
});
