import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { dearkd } from './index.js';

await tf.setBackend('cpu');

const DECISION =
  'cross-entropy with the teacher’s decision asks for more than to agree: it falls on without end.';
const minimum = { 'dearkd/hidden': 0, 'deit/kd': DECISION };

conformance(test, {
  plugin: dearkd,
  cases: [
    { minimum },
    {
      options: { normalize: 'none', stage1: 1, beta: 0.2, mhca: { blocks: 2, dropout: 0 } },
      minimum,
    },
    {
      options: { stage2: 'ce-only', stage1: '50%', mhca: false, hidden: false },
      minimum: { 'deit/kd': DECISION },
    },
    {
      options: {
        hidden: [
          { student: 'blocks.0', teacher: 'layer1' },
          { student: 'blocks.2', teacher: 'layer3' },
        ],
      },
      minimum,
    },
  ],
});
