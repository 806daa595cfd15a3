import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { deit } from './index.js';

await tf.setBackend('cpu');

const DECISION =
  'cross-entropy with the teacher’s decision asks for more than to agree: it falls on without end.';

conformance(test, {
  plugin: deit,
  cases: [
    { minimum: { 'deit/kd': DECISION } },
    { options: { type: 'soft' }, minimum: { 'deit/kd': 0 } },
    { options: { classical: true }, student: 'cnn', minimum: { 'deit/kd': DECISION } },
  ],
});
