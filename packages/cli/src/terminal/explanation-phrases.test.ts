import test from 'ava';
import { learnsText } from './explanation-phrases.js';

test('who learns when, from what, or why not', (t) => {
  const told = (parameters: number, terms: string[]) =>
    learnsText({ parameters, terms, epochs: terms.length > 0 ? [[0, 24]] : [] }, 30);
  t.is(told(10, ['a/x', 'b/y']), 'learns in epochs 0–24 from a/x, b/y');
  t.is(told(10, []), 'learns from no term');
  t.is(told(0, []), 'has nothing to learn');
});
