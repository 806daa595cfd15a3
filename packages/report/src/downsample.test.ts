import test from 'ava';
import { downsample } from './downsample.js';

const curve = (length: number, value: (k: number) => number) => {
  const x = Array.from({ length }, (_, k) => 10 * (k + 1));
  return { x, y: x.map((_, k) => value(k)) };
};

test('a short curve stays as it is, to seven digits', (t) => {
  t.deepEqual(downsample({ x: [1, 2], y: [1 / 3, 2] }, 10), { x: [1, 2], y: [0.3333333, 2] });
});

test('of a long one both ends and every peak stay, in order', (t) => {
  const peaks = [1234, 30_000, 71_717];
  const long = curve(100_000, (k) => (peaks.includes(k) ? 50 : Math.sin(k / 9000)));
  const { x, y } = downsample(long, 500);
  t.is(x.length, 500);
  t.deepEqual([x[0], x.at(-1)], [10, 1_000_000]);
  t.true(x.every((value, k) => k === 0 || value > x[k - 1]));
  t.is(y.filter((value) => value === 50).length, peaks.length);
  t.deepEqual(
    x.filter((_, k) => y[k] === 50),
    peaks.map((k) => long.x[k]),
  );
});

test('what is left lies on the curve', (t) => {
  const long = curve(5000, (k) => (k * 7919) % 101);
  const { x, y } = downsample(long, 333);
  t.true(x.every((value, k) => y[k] === long.y[long.x.indexOf(value)]));
});
