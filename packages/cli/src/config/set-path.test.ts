import test from 'ava';
import { setPath } from './set-path.js';

const after = (config: Record<string, unknown>, ...assignments: string[]): Record<string, unknown> => {
  for (const assignment of assignments) setPath(config, assignment);
  return config;
};

test('values are JSON where they parse as such, else text', (t) => {
  t.deepEqual(after({}, 'mixup=0.8', 'dropLast=true', 'clip=null', 'data=shapes?train=4', 'ema='), {
    mixup: 0.8,
    dropLast: true,
    clip: null,
    data: 'shapes?train=4',
    ema: '',
  });
});

test('a bare name becomes an object when one of its options is set', (t) => {
  t.deepEqual(after({ optimizer: 'sgd', schedule: 'cosine' }, 'optimizer.momentum=0.8', 'schedule.min=0'), {
    optimizer: { name: 'sgd', momentum: 0.8 },
    schedule: { type: 'cosine', min: 0 },
  });
});

test('what is no path=value, or reaches for a prototype, is refused', (t) => {
  for (const bad of ['x', '=1', 'a..b=1', '.a=1', '__proto__.x=1']) {
    t.throws(() => setPath({}, bad), { code: 'KDX_SET' }, bad);
  }
  after({}, 'constructor.prototype.polluted=1');
  t.false('polluted' in {});
});
