import test from 'ava';
import { chanceOf } from './chance.js';

const split = (counts: readonly number[]) => {
  const labels = counts.flatMap((count, k) => new Array<number>(count).fill(k));
  return { length: labels.length, labels };
};

test('chance is one in K where classes are even, or off by one image', (t) => {
  const even = chanceOf(split([50, 50, 50, 50]), 4, 200);
  t.is(even.score, 25);
  t.is(even.text, 'chance is 25.0 %');
  // 25 % and, by far more than three standard errors of 3.06 points, a share that matters: (1 − ¼) / 4.
  t.is(even.limit, 25 + 18.75);
  t.is(chanceOf(split([4, 3, 3]), 3, 10).text, 'chance is 33.3 %');
});

test('of uneven classes it is what always naming the largest scores', (t) => {
  const { score: top1, limit: ceiling, text } = chanceOf(split([90, 5, 5]), 3, 100);
  t.is(top1, 90);
  t.is(ceiling, 90 + 100 * 3 * Math.sqrt(0.0009));
  t.is(text, 'always naming the largest class scores 90.0 %');
});

test('a good teacher of two classes is not at chance', (t) => {
  t.true(chanceOf(split([256, 256]), 2, 512).limit < 70);
});
