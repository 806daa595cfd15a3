import test from 'ava';
import { bytesText, spanText } from './amounts.js';

test('bytes in the unit that a person would take', (t) => {
  t.deepEqual([0, 999, 1000, 3_440_000, 634_900_000, 2.5e12].map(bytesText), [
    '0 B',
    '999 B',
    '1.0 kB',
    '3.4 MB',
    '635 MB',
    '2.5 TB',
  ]);
});

test('spans in the units that a person would take', (t) => {
  t.deepEqual([0, 0.3271, 4.21, 59.99, 127.2, 3599.9, 11_520].map(spanText), [
    '0 ms',
    '327 ms',
    '4.2 s',
    '1 min 0 s',
    '2 min 7 s',
    '1 h 0 min',
    '3 h 12 min',
  ]);
});
