import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { kd } from './index.js';

await tf.setBackend('cpu');

conformance(test, {
  plugin: kd,
  cases: [
    { options: { temperature: 2, alpha: 0.5 }, teachers: 2, minimum: { 'kd/logits2': 0 } },
    { student: 'cnn' },
  ],
  minimum: { 'kd/logits': 0 },
});
