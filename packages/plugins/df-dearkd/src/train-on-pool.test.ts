import { fromArrays, parseTransforms } from '@kdx/data';
import test from 'ava';
import { trainOnPool } from './train-on-pool.js';

/** A data set whose images, labels, statistics and augmentation are all its own. */
const dataOf = (name: string, value: number, augment: string, { held = true } = {}) => {
  const split = (count: number, shift: number) => ({
    images: new Float32Array(count * 8 * 8 * 3).fill(value + shift),
    labels: Array.from({ length: count }, (_, i) => i % 2),
  });
  return fromArrays({
    name,
    imageSize: [8, 8, 3],
    labelNames: ['cat', 'dog'],
    ...split(4, 0),
    ...(held ? { validation: split(2, 0.01), test: split(3, 0.02) } : {}),
    mean: [value, value, value],
    std: [value / 2, value / 2, value / 2],
    augment: parseTransforms(augment),
  });
};

test('training images, their statistics and their augmentation are the pool’s, all others real', (t) => {
  const [real, pool] = [dataOf('real', 0.2, 'flip'), dataOf('pool:p', 0.6, 'crop')];
  const { train, validation, test: tested, mean, std, augment } = trainOnPool(real, pool);
  t.is(train, pool.train);
  t.is(augment, pool.augment);
  t.deepEqual([mean, std], [pool.mean, pool.std]);
  t.is(validation, real.validation);
  t.is(tested, real.test);
  t.notDeepEqual([mean, std], [real.mean, real.std]);
  t.notDeepEqual(
    augment.map(({ name }) => name),
    real.augment.map(({ name }) => name),
  );
});

test('images that a pool holds back are never evaluated on', (t) => {
  const real = dataOf('real', 0.2, 'flip', { held: false });
  const { validation, test: tested } = trainOnPool(real, dataOf('pool:p', 0.6, 'crop'));
  t.is(validation, undefined);
  t.is(tested, undefined);
});
