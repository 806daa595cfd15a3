import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type HeadRule } from '../index.js';
import { evaluate, evaluateWithConfusion } from '../run.js';
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

test('the cells of the confusion are of the fused head, and hold every image once', async (t) => {
  const data = tinyData({ test: 7 });
  const split = data.test ?? t.fail();
  const student = await tiny({ distilled: true }).build({ classes: data.classNames.length });
  const options = { imageSize: data.imageSize, headRule: 'mean', batch: 3 } as const;
  const { heads, cells } = await evaluateWithConfusion(student, split, options);
  t.deepEqual(heads, await evaluate(student, split, options));
  const images = (of: typeof cells): number => of.reduce((sum, [, , count]) => sum + count, 0);
  t.is(images(cells), 7);
  t.is(images(cells.filter(([label]) => label === 0)), 3);
  const right = images(cells.filter(([label, prediction]) => label === prediction));
  t.true(Math.abs(heads.fused.top1 - (100 * right) / 7) < 1e-9);
  t.true(cells.every(([, , count]) => count > 0));
  student.dispose();
});
