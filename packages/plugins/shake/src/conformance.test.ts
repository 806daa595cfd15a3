import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { shake } from './index.js';

await tf.setBackend('cpu');

const agree = { 'shake/forward': 0, 'shake/reverse': 0 };
const two = { ...agree, 'shake/forward2': 0, 'shake/reverse2': 0, 'shake/kd': 0, 'shake/kd2': 0 };
const DECISION =
  'cross-entropy with the teacher’s decision asks for more than to agree: it falls on without end.';

conformance(test, {
  plugin: shake,
  cases: [
    { minimum: { ...agree, 'deit/kd': DECISION } },
    { student: 'cnn', teacher: 'cnn', minimum: agree },
    {
      student: 'cnn',
      teacher: 'cnn',
      options: { preset: 'poster', classifier: 'own', lambda: 0.5 },
      minimum: agree,
    },
    { student: 'cnn', teachers: 2, options: { preset: 'submission', alpha: 0.5 }, minimum: two },
    { student: 'cnn', options: { preset: 'submission', head: 'stronger' }, minimum: agree },
    {
      options: { preset: 'submission', logitNorm: 2, shadowCe: true, reverse: false, inherit: 'hard' },
      minimum: { 'shake/forward': 0 },
    },
  ],
});
