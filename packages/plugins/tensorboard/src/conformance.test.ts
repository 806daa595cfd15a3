import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { tensorboard } from './index.js';

await tf.setBackend('cpu');

conformance(test, { plugin: tensorboard, cases: [{}, { student: 'cnn' }] });
