import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { torchTest } from '../testing/torch-test.js';
import { bestThreads, chooseThreads, threadCandidates } from './choose-threads.js';
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

torchTest('threads are measured and set, and nothing stays of it', (t) => {
  const { bridge } = tf.backend() as TorchKernelBackend;
  const { tensors } = bridge.memory();
  const chosen = chooseThreads(bridge, 2);
  t.true([1, 2].includes(chosen));
  t.is(bridge.threads(), chosen);
  t.is(chooseThreads(bridge, 1), 1);
  t.is(bridge.threads(), 1);
  t.is(bridge.memory().tensors, tensors);
});
