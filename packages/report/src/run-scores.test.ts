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
    .map(({ split, weights, values }) => [split, weights, values.top1] as const);

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

test('averaged weights have scores of their own, which may be the best', (t) => {
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
    ['validation', 'ema', 99],
  ]);
  history.add({ type: 'checkpoint', step: 2, name: 'best', file: 'best', weights: 'ema' });
  t.deepEqual(fused(runScores(undefined, history)), [
    ['validation', 'last', 10],
    ['validation', 'ema', 99],
    ['validation', 'best', 99],
  ]);
  const validation = { ...SUMMARY.validation, ema: heads(98) } as typeof SUMMARY.validation;
  t.deepEqual(
    fused(runScores({ ...SUMMARY, validation }, history)).find(
      ([split, weights]) => split === 'validation' && weights === 'ema',
    ),
    ['validation', 'ema', 98],
  );
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
