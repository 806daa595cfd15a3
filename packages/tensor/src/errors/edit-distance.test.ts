import test from 'ava';
import { editDistance } from './edit-distance.js';

test('a letter put in, left out, changed, or swapped with its neighbour is one edit', (t) => {
  t.is(editDistance('layr', 'layer'), 1);
  t.is(editDistance('layerr', 'layer'), 1);
  t.is(editDistance('laxer', 'layer'), 1);
  t.is(editDistance('layre', 'layer'), 1);
});

test('textbook cases', (t) => {
  t.is(editDistance('kitten', 'sitting'), 3);
  t.is(editDistance('saturday', 'sunday'), 3);
  t.is(editDistance('', 'abc'), 3);
  t.is(editDistance('abc', ''), 3);
  t.is(editDistance('abc', 'abc'), 0);
});

test('no letter is edited twice, which tells optimal string alignment from the full distance', (t) => {
  t.is(editDistance('ca', 'abc'), 3);
});
