import test from 'ava';
import { History } from './history.js';
import { runScores } from './run-scores.js';
import { eventsOf, heads, SUMMARY } from './runs.test.helper.js';

const historyOf = (until: number): History => {
  const history = new History();
  for (const event of eventsOf({ until })) history.add(event);
  return history;
};
const fused = (scores: ReturnType<typeof runScores>) =>
  scores
    .filter(({ head }) => head === 'fused')
    .map(({ split, weights, top1 }) => [split, weights, top1] as const);

test('of an unfinished run, last is the last epoch so far and best the one that was saved as best', (t) => {
  const history = historyOf(4);
  history.add({
    type: 'evaluation',
    step: 6,
    epoch: 2,
    split: 'validation',
    weights: 'last',
    heads: heads(15),
  });
  t.deepEqual(fused(runScores(undefined, history)), [
    ['validation', 'last', 15],
    ['validation', 'best', 20],
  ]);
});

test('averaged weights are no scores of the last ones', (t) => {
  const history = historyOf(2);
  history.add({
    type: 'evaluation',
    step: 2,
    epoch: 0,
    split: 'validation',
    weights: 'ema',
    heads: heads(99),
  });
  t.deepEqual(fused(runScores(undefined, history)), [
    ['validation', 'last', 10],
    ['validation', 'best', 10],
  ]);
});

test('a summary has the last word, and what is no score in it is left out', (t) => {
  const test = {
    last: { fused: heads(29.5).fused, class: 7 },
    ema: heads(30),
  } as unknown as typeof SUMMARY.test;
  t.deepEqual(fused(runScores({ ...SUMMARY, validation: undefined, test }, historyOf(6))), [
    ['test', 'last', 29.5],
    ['test', 'ema', 30],
  ]);
});
