import test from 'ava';
import { runSettings } from '../index.js';
import { learningRateOf } from './from-settings.js';

test('a learning rate below the floor of its schedule is refused, for it would rise', (t) => {
  t.throws(() => learningRateOf(runSettings.parse({ lr: 1e-7 })), {
    code: 'KDX_SCHEDULE_INVALID',
    message: /floor 0\.00001; lower it with --set schedule\.min=0/,
  });
  const schedule = { type: 'cosine', min: 0, warmupFrom: 0 } as const;
  t.notThrows(() => learningRateOf(runSettings.parse({ lr: 1e-7, schedule })));
});

test('a bare name stands for its kind with the defaults', (t) => {
  const { optimizer, schedule } = runSettings.parse({ optimizer: 'sgd', schedule: 'constant' });
  t.like(optimizer, { name: 'sgd', momentum: 0.9 });
  t.deepEqual(schedule, { type: 'constant' });
});
