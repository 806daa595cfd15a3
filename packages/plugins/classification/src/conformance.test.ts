import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { classification } from './index.js';

await tf.setBackend('cpu');

conformance(test, { plugin: classification, cases: [{}, { student: 'cnn', teachers: 0 }] });
