import assert from 'node:assert/strict';
import test from 'node:test';
import { near } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import { similarities, similarityLoss } from './loss.js';

await tf.setBackend('cpu');

const loss = (student: number[][], teacher: number[][]): number =>
  similarityLoss(tf.tensor2d(student), tf.tensor2d(teacher)).dataSync()[0];

test('by hand: F = (1 0; 1 1) gives G = (1 1; 1 2), whose rows have the norms √2 and √5', () => {
  const values = similarities(
    tf.tensor2d([
      [1, 0],
      [1, 1],
    ]),
  ).dataSync();
  const [a, b] = [1 / Math.sqrt(2), 1 / Math.sqrt(5)];
  assert.ok(near([...values], [a, a, b, 2 * b]));
});

test('by hand: beside a teacher to whom the two have nothing in common, 1 − √2/4 − 1/√5', () => {
  const student = [
    [1, 0],
    [1, 1],
  ];
  const apart = [
    [1, 0],
    [0, 1],
  ];
  assert.ok(near(loss(student, apart), 1 - Math.SQRT2 / 4 - 1 / Math.sqrt(5)));
});

test('only how alike they are counts: features of another width and scale agree', () => {
  const student = [
    [1, 2],
    [3, -1],
  ];
  const wider = student.map((row) => [...row.map((x) => 5 * x), 0]);
  assert.ok(near(loss(student, wider), 0));
});

test('images without any feature have a gradient that is finite', () => {
  const gradient = tf.grad((x) => similarityLoss(x, tf.tensor2d([[1], [2]])))(tf.zeros([2, 3]));
  assert.ok([...gradient.dataSync()].every(Number.isFinite));
});
