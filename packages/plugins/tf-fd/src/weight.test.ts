import type { Clock } from '@kdx/core';
import test from 'ava';
import { tfFd } from './tf-fd.js';
import { weight } from './weight.js';

const at = (epoch: number, epochs: number): Clock => ({
  epoch,
  epochs,
  stepInEpoch: 0,
  stepsPerEpoch: 4,
  step: 4 * epoch,
});

test('w over epochs may be any schedule, times λ', (t) => {
  const linear = weight('w', 0.5, { warmup: undefined, decay: null, schedule: { type: 'linear' } }, 10);
  t.deepEqual(
    [0, 5].map((epoch) => linear.at(at(epoch, 10))),
    [0.5, 0.25],
  );
  t.is(linear.text, 'w(e) = 0.5 · (1 → 0 over epochs 0…100%)');
  const steps = weight(
    'w',
    1,
    { warmup: 5, decay: null, schedule: { type: 'steps', milestones: ['50%'], gamma: 0.5 } },
    10,
  );
  t.deepEqual(
    [4, 5].map((epoch) => steps.at(at(epoch, 10))),
    [1, 0.5],
  );
});

test('a schedule beside a warm-up or decay is refused', (t) => {
  const schedule = { type: 'linear' } as const;
  t.notThrows(() => tfFd({ schedule, preset: 'imagenet' }), 'a preset gives way');
  for (const more of [{ warmup: 5 }, { decay: { factor: 0.9, every: 3 } }]) {
    t.throws(() => tfFd({ schedule, ...more }), { message: /is part of w, which schedule gives/ });
  }
});
