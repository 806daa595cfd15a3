import test from 'ava';
import { dropPathRates, headCount } from './options.js';

test('heads are 64 wide where that divides dim, else 32, 16 or 8, else one', (t) => {
  const heads = (dim: number) => headCount('m', { dim });
  t.deepEqual([192, 384, 768].map(heads), [3, 6, 12]);
  t.deepEqual([96, 48, 24, 100, 64, 32].map(heads), [3, 3, 3, 1, 1, 1]);
  t.is(headCount('m', { dim: 96, heads: 6 }), 6);
  t.throws(() => headCount('m', { dim: 96, heads: 5 }), {
    code: 'KDX_MODEL_OPTION',
    message: /does not divide dim = 96/,
  });
});

test('drop-path rates run linearly from 0 at the first block to the given rate at the last', (t) => {
  const of = (given: number | number[], depth: number, rule?: 'linear' | 'constant') =>
    dropPathRates('m', { depth, 'drop-path': given, 'drop-path-rule': rule });
  const rates = of(0.1, 12);
  t.is(rates.length, 12);
  t.is(rates[0], 0);
  t.is(rates[11], 0.1);
  t.true(rates.every((rate, block) => Math.abs(rate - (0.1 / 11) * block) < 1e-15));
  t.deepEqual(of(0.3, 1), [0]);
  t.deepEqual(of(0.3, 2, 'constant'), [0.3, 0.3], 'or are the same in each block');
  t.deepEqual(of([0.3, 0, 0.1], 3), [0.3, 0, 0.1], 'or are given one by one');
  t.throws(() => of([0.1], 3), {
    code: 'KDX_MODEL_OPTION',
    message: /lists 1 rates, and there are depth = 3 blocks/,
  });
  t.throws(() => of([0.1], 1, 'constant'), { message: /leave out drop-path-rule/ });
});
