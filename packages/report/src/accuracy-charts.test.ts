import test from 'ava';
import type * as Accuracy from './page/accuracy-charts.js';
import type { HeadCurve, HeadScore } from './page/page-data.js';
import { pageModule } from './page-module.test.helper.js';

const { accuracyCharts } = pageModule<typeof Accuracy>('accuracy-charts');

const curve: HeadCurve = { epochs: [1], values: { top1: [1] } };
const run = (
  curves: readonly string[],
  tests: readonly (readonly [weights: string, head: string])[] = [],
) => ({
  validation: Object.fromEntries(curves.map((name) => [name, curve])),
  scores: tests.map(
    ([weights, head]): HeadScore => ({
      split: 'test',
      weights,
      head,
      images: 1,
      values: { top1: 1 },
    }),
  ),
});
const shown = (...runs: Parameters<typeof accuracyCharts>[0]) =>
  accuracyCharts(runs).map(({ curve: name, weights, title }) => [name, weights, title]);

test('a student with one head has one chart, and one more for its averaged weights', (t) => {
  t.deepEqual(shown(run(['class', 'fused'])), [['fused', 'last', undefined]]);
  t.deepEqual(shown(run(['class', 'fused', 'class (EMA)', 'fused (EMA)'])), [
    ['fused', 'last', undefined],
    ['fused (EMA)', 'ema', 'averaged weights (EMA)'],
  ]);
});

test('of several heads each has its own, what runs are judged by first', (t) => {
  const two = ['class', 'distillation', 'fused'];
  t.deepEqual(shown(run(['class', 'fused']), run([...two, ...two.map((head) => `${head} (EMA)`)])), [
    ['fused', 'last', 'all heads together'],
    ['class', 'last', 'head “class”'],
    ['distillation', 'last', 'head “distillation”'],
    ['fused (EMA)', 'ema', 'all heads together, averaged weights (EMA)'],
    ['class (EMA)', 'ema', 'head “class”, averaged weights (EMA)'],
    ['distillation (EMA)', 'ema', 'head “distillation”, averaged weights (EMA)'],
  ]);
});

test('test scores alone make a chart too, but those of the best epoch none of their own', (t) => {
  const tests = ['last', 'best', 'ema'].flatMap((weights) =>
    ['class', 'fused'].map((head) => [weights, head] as const),
  );
  t.deepEqual(shown(run([], tests)), [
    ['fused', 'last', undefined],
    ['fused (EMA)', 'ema', 'averaged weights (EMA)'],
  ]);
  t.deepEqual(shown(run([])), []);
});
