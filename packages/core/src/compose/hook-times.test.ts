import test from 'ava';
import { HookTimes } from './hook-times.js';

const watched = (): { times: HookTimes; told: string[] } => {
  const told: string[] = [];
  return { times: new HookTimes(({ message }) => told.push(message)), told };
};

test('hooks within their share of an epoch are not told of', (t) => {
  const { times, told } = watched();
  for (let step = 0; step < 10; step++) times.add('a', 'batch', 249);
  times.endEpoch(0, 10);
  t.deepEqual(told, []);
});

test('a hook above its share is told of with the figures, once in a run', (t) => {
  const { times, told } = watched();
  for (const epoch of [0, 1]) {
    for (let step = 0; step < 10; step++) times.add('a', 'batch', 400);
    times.endEpoch(epoch, 10);
  }
  t.deepEqual(told, [
    'Hook "batch" of plugin "a" took 4 s of the 10 s of epoch 0 (40 %, in 10 calls); do less in it, or do it in fewer steps.',
  ]);
});

test('of hooks that are too slow together the slowest are told of, until the rest is within the share', (t) => {
  const { times, told } = watched();
  times.add('a', 'batch', 1500);
  times.add('b', 'epochEnd', 1600);
  times.add('c', 'gradients', 200);
  times.endEpoch(3, 10);
  t.is(told.length, 1);
  t.regex(told[0], /^Hook "epochEnd" of plugin "b" took 1\.6 s of the 10 s of epoch 3 \(16 %, in one call\)/);
});

test('each epoch is judged alone, and what is outside of epochs not at all', (t) => {
  const { times, told } = watched();
  times.add('a', 'fitStart', 9000);
  times.add('a', 'resolveData', 9000);
  times.add('a', 'batch', 2000);
  times.endEpoch(0, 10);
  times.add('a', 'batch', 2000);
  times.endEpoch(1, 10);
  t.deepEqual(told, []);
});

test('in a short epoch no hook is slow', (t) => {
  const { times, told } = watched();
  times.add('a', 'batch', 900);
  times.endEpoch(0, 1);
  t.deepEqual(told, []);
});

test('a single call above ten seconds is told of wherever it is', (t) => {
  const { times, told } = watched();
  times.add('a', 'fitStart', 10_000);
  t.deepEqual(told, []);
  times.add('a', 'fitStart', 12_345);
  t.deepEqual(told, [
    'Hook "fitStart" of plugin "a" took 12 s in one call, for which the run waits; do less in it, or do it in fewer steps.',
  ]);
});
