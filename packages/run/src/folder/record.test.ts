import test from 'ava';
import { checkPinned, type Pinned, stableJson, withOldValues } from './record.js';

const pinned: Pinned = {
  kdx: '0.1.0',
  backend: { name: 'wasm', build: 'b', threads: 1, device: 'cpu', precision: 'float32' },
  data: 'shapes abc',
  student: 's',
  teachers: ['t sha256:1'],
  plugins: ['kd@1 {}'],
  settings: '{"epochs":2,"lr":0.1}',
};

test('the same run goes on', (t) => {
  t.notThrows(() => checkPinned(pinned, structuredClone(pinned), 'runs/a'));
});

test('each difference is named by its own key, with before and after', (t) => {
  const refused = (change: Partial<Pinned>, message: RegExp): void => {
    t.throws(() => checkPinned(pinned, { ...pinned, ...change }, 'runs/a'), {
      code: 'KDX_RESUME_MISMATCH',
      message,
    });
  };
  refused(
    { settings: '{"epochs":4,"lr":0.1}' },
    /^runs\/a was begun with epochs 2 and would go on with 4, so /,
  );
  refused({ backend: { ...pinned.backend, threads: 2 } }, /with backend\.threads 1 and would go on with 2/);
  refused({ teachers: [] }, /with teachers t sha256:1 and would go on with none/);
  refused(
    { data: 'shapes abd', kdx: '0.2.0' },
    /kdx 0\.1\.0 .* and with data shapes abc and would go on with shapes abd/,
  );
});

test('a setting that a run was begun before has its default', (t) => {
  const settings = (more: object) => stableJson({ epochs: 2, ...more });
  const begun = { ...pinned, settings: settings({}) };
  t.notThrows(() =>
    checkPinned(begun, { ...pinned, settings: settings({ smoothingRule: 'all' }) }, 'runs/a'),
  );
  t.throws(
    () => checkPinned(begun, { ...pinned, settings: settings({ smoothingRule: 'others' }) }, 'runs/a'),
    {
      message: /smoothingRule all and would go on with others/,
    },
  );
});

test('an average of before there was emaWarmup goes on without warm-up', (t) => {
  const settings = (more: object) => stableJson({ epochs: 2, ...more });
  const begun = { ...pinned, settings: settings({ ema: 0.999 }) };
  const resumed = (more: object) => () =>
    checkPinned(begun, { ...pinned, settings: settings(more) }, 'runs/a');
  t.deepEqual(withOldValues({ ema: 0.999 }), { ema: 0.999, emaWarmup: false });
  t.deepEqual(withOldValues({ ema: 0.999, emaWarmup: true }), { ema: 0.999, emaWarmup: true });
  t.deepEqual(withOldValues({ ema: null }), { ema: null });
  t.notThrows(resumed({ ema: 0.999, emaWarmup: false }));
  t.throws(resumed({ ema: 0.999, emaWarmup: true }), {
    message: /emaWarmup false and would go on with true/,
  });
});

test('the order of keys does not change stable JSON, the order of items does', (t) => {
  t.is(stableJson({ b: 1, a: { d: [2, 1], c: 3 } }), '{"a":{"c":3,"d":[2,1]},"b":1}');
});
