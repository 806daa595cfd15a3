import { type Initializer, keyedRng } from '@kdx/tensor';
import test from 'ava';
import {
  kaimingNormal,
  normal,
  ones,
  torchDefault,
  truncatedNormal,
  uniform,
  zeros,
} from './initializers.js';

const draw = (init: Initializer, shape: number[]) => init(shape, keyedRng(1, 'weights'));
const std = (data: Float32Array) => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
const near = (found: number, expected: number) => Math.abs(found / expected - 1) < 0.05;

test('zeros and ones fill', (t) => {
  t.deepEqual([...draw(zeros, [2, 2])], [0, 0, 0, 0]);
  t.deepEqual([...draw(ones, [3])], [1, 1, 1]);
  t.is(draw(ones, []).length, 1);
});

test('normal distributions have their deviation, and the truncated one ends at ±2', (t) => {
  t.true(near(std(draw(normal(0.5), [100, 100])), 0.5));
  t.true(near(std(draw(truncatedNormal(0.02), [100, 100])), 0.02));
  const wide = draw(truncatedNormal(2), [100, 100]);
  t.true(wide.every((x) => Math.abs(x) <= 2) && wide.some((x) => Math.abs(x) > 1.9));
});

test('Kaiming initialisation counts fans as PyTorch does', (t) => {
  const shape = [3, 3, 16, 64];
  t.true(near(std(draw(kaimingNormal('fan_in'), shape)), Math.sqrt(2 / (9 * 16))));
  t.true(near(std(draw(kaimingNormal('fan_out'), shape)), Math.sqrt(2 / (9 * 64))));
  // On disk [512, 1, 3, 3]: fan-in 9, fan-out 9 · 512.
  const depthwise = [3, 3, 512, 1];
  t.true(near(std(draw(kaimingNormal('fan_in', 'depthwise'), depthwise)), Math.sqrt(2 / 9)));
  t.true(near(std(draw(kaimingNormal('fan_out', 'depthwise'), depthwise)), Math.sqrt(2 / (9 * 512))));
});

test("PyTorch's default is uniform within 1/√fan-in", (t) => {
  const cases: [Initializer, number[], number][] = [
    [torchDefault(), [64, 100], 1 / 8],
    [torchDefault('conv'), [3, 3, 16, 50], 1 / 12],
    [torchDefault('depthwise'), [3, 3, 500, 1], 1 / 3],
    [uniform(0.7), [5000], 0.7],
  ];
  for (const [init, shape, bound] of cases) {
    const data = draw(init, shape);
    const largest = data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    t.true(largest <= bound && largest > 0.99 * bound);
    t.true(near(std(data), bound / Math.sqrt(3)));
  }
});
