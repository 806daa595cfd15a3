import type { Clock } from '@kdx/core';
import test from 'ava';
import { inversionRate } from './rate.js';

const at = (stepInEpoch: number, stepsPerEpoch: number): Clock => ({
  epoch: 0,
  epochs: 1,
  stepInEpoch,
  stepsPerEpoch,
  step: stepInEpoch,
});

test('G15: the learning rate of an inversion', (t) => {
  const rate = inversionRate(0.25, 100);
  for (const [step, expected] of [
    [0, 0.0025],
    [49, 0.125],
    [99, 0.25],
    [100, 0.25],
    [1050, 0.125],
    [1999, 1.70872613e-7],
  ]) {
    const found = rate.at(at(step, 2000));
    t.true(Math.abs(found - expected) <= 1e-8 * expected, `t = ${step}: ${found}`);
  }
});

test('each phase begins anew, and one that is all warm-up never falls', (t) => {
  const rate = inversionRate(1, 10);
  t.is(rate.at({ ...at(0, 50), epoch: 1, epochs: 2, step: 250 }), 0.1);
  t.is(rate.at(at(9, 10)), 1);
  t.is(inversionRate(1, 0).at(at(0, 10)), 1);
});
