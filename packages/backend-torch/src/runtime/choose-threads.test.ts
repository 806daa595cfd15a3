import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { torchTest } from '../testing/torch-test.js';
import { bestThreads, chooseThreads, isThreadChoice, threadCandidates } from './choose-threads.js';
import type { TorchKernelBackend } from './torch-kernel-backend.js';

test('powers of two are tried, and all cores', (t) => {
  t.deepEqual(threadCandidates(1), [1]);
  t.deepEqual(threadCandidates(2), [1, 2]);
  t.deepEqual(threadCandidates(6), [1, 2, 4, 6]);
  t.deepEqual(threadCandidates(8), [1, 2, 4, 8]);
});

test('the fewest threads that nothing beats by a tenth are best', (t) => {
  const best = (...times: number[]) => bestThreads(new Map(times.map((ms, i) => [2 ** i, ms])));
  t.is(best(100), 1);
  t.is(best(100, 160), 1);
  t.is(best(100, 91), 1);
  t.is(best(100, 60), 2);
  t.is(best(100, 95, 89), 2);
  t.is(best(100, 60, 40, 39), 4);
});

torchTest('threads are measured, and nothing stays of it', (t) => {
  const { bridge } = tf.backend() as TorchKernelBackend;
  const { tensors } = bridge.memory();
  const { threads, milliseconds } = chooseThreads(bridge, 'float32', 2);
  t.true([1, 2].includes(threads));
  t.deepEqual(Object.keys(milliseconds), ['1', '2']);
  t.true(Object.values(milliseconds).every((ms) => ms > 0));
  t.deepEqual(chooseThreads(bridge, 'float32', 1), { threads: 1, milliseconds: {} });
  t.is(bridge.memory().tensors, tensors);
});

test('only what a machine of so many cores can have chosen is a choice of its threads', (t) => {
  const isChoice = isThreadChoice(6);
  for (const threads of [1, 2, 4, 6]) t.true(isChoice({ threads, milliseconds: { 1: 3 } }));
  for (const threads of [0, 3, 8, '2', undefined]) t.false(isChoice({ threads, milliseconds: {} }));
  for (const value of [null, 2, 'two', {}, { threads: 2 }]) t.false(isChoice(value));
});
