import test from 'ava';
import { constant, linear } from '../index.js';
import { numberText } from './number-text.js';

test('rounding of arithmetic is left out and nothing else', (t) => {
  t.is(numberText(1 - 0.9), '0.1');
  t.is(numberText(0.1 + 0.2), '0.3');
  t.is(numberText(1e-6), '0.000001');
  t.is(numberText(0.123456789), '0.123456789');
  t.is(numberText(0), '0');
  t.is(numberText(-2.5), '-2.5');
});

test('schedules tell their numbers so', (t) => {
  t.is(constant(1 - 0.9).text, '0.1');
  t.regex(linear({ from: 1 - 0.9, to: 1 }).text, /^0\.1 → 1 over/);
});
