import type { DataSource, Split } from '@kdx/core';
import test from 'ava';
import { classificationTask } from './index.js';

const split = (labels: readonly number[]): Split => ({ length: labels.length, labels, read: () => {} });
const data = (train: readonly number[]): DataSource => ({
  name: 'three',
  digest: 'none',
  imageSize: [4, 4, 1],
  mean: [0.5],
  std: [0.5],
  labelNames: ['cat', 'dog', 'owl'],
  train: split(train),
  validation: split([0, 1, 2, 2]),
  test: split([2]),
  augment: [],
});

test('classes without training images are warned of by name, with the images that ask for them', (t) => {
  const [{ code, message }] = classificationTask.warnings?.(data([0, 1, 0])) ?? [];
  t.is(code, 'KDX_CLASS_EMPTY');
  t.regex(
    message,
    /no training image of "owl", so nothing can learn it, and 2 validation images and 1 test image of it count/,
  );
  t.deepEqual(classificationTask.warnings?.(data([0, 1, 2])), []);
});
