import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { tfFd } from './index.js';

await tf.setBackend('cpu');

conformance(test, {
  plugin: tfFd,
  cases: [
    { student: 'cnn' },
    {
      student: 'cnn',
      options: { preset: 'paper', score: 'bn', pairs: 'neighbours', inter: 0.5, intra: 0.5 },
    },
    { options: { preset: 'imagenet', score: 'entropy', refresh: 2 } },
    { student: 'cnn', options: { preset: 'dagger', score: 'hrank', intra: 0.1 }, minimum: { 'tf-fd/kd': 0 } },
  ],
});
