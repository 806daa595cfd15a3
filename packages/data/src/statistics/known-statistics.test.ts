import test from 'ava';
import { knownStatistics } from '../index.js';

test('whatever the channels, each statistics has one mean and one positive deviation for each', (t) => {
  for (const channels of [1, 3, 4]) {
    const known = knownStatistics(channels);
    t.true(known.every(({ mean, std }) => mean.length === channels && std.length === channels));
    t.true(known.every(({ std }) => std.every((value) => value > 0)));
    t.is(new Set(known.map(({ name }) => name)).size, known.length);
  }
});

test('colour has the published ones, grey MNIST’s, and any images those that need no data', (t) => {
  const names = (channels: number) => knownStatistics(channels).map(({ name }) => name);
  t.true(names(3).includes('ImageNet') && names(3).includes('CIFAR-100'));
  t.deepEqual(names(1)[0], 'MNIST');
  t.deepEqual(names(4), ['pixels in [−1, 1]', 'pixels in [0, 1] as they are']);
});
