import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { csv } from './index.js';

await tf.setBackend('cpu');

conformance(test, { plugin: csv, cases: [{}, { student: 'cnn' }] });
