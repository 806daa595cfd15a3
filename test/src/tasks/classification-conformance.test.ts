import { classification } from '@kdx/task-classification';
import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';

await tf.setBackend('cpu');

conformance(test, { plugin: classification, cases: [{}, { student: 'cnn', teachers: 0 }] });
