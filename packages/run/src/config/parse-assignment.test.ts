import test from 'ava';
import { parseAssignment } from './parse-assignment.js';

test('values are JSON where they parse as such, else text', (t) => {
  t.deepEqual(
    ['mixup=0.8', 'dropLast=true', 'clip=null', 'data=shapes?train=4', 'ema='].map(parseAssignment),
    [{ mixup: 0.8 }, { dropLast: true }, { clip: null }, { data: 'shapes?train=4' }, { ema: '' }],
  );
});

test('a dotted path is nested', (t) => {
  t.deepEqual(parseAssignment('optimizer.momentum=0.8'), { optimizer: { momentum: 0.8 } });
});

test('what is no path=value, or reaches for a prototype, is refused', (t) => {
  for (const bad of ['x', '=1', 'a..b=1', '.a=1', '__proto__.x=1']) {
    t.throws(() => parseAssignment(bad), { code: 'KDX_SET' }, bad);
  }
  parseAssignment('constructor.prototype.polluted=1');
  t.false('polluted' in {});
});
