import { KdxError } from '@kdx/tensor';
import test from 'ava';
import { anything, object } from '../expected/shape.js';
import { type DataSource, type HostBatch } from '../index.js';
import { code } from '../train/tiny-run.test.helper.js';
import { HookDriver } from './hook-driver.js';

const clock = { epoch: 0, epochs: 1, stepInEpoch: 0, stepsPerEpoch: 1, step: 0 };
const batch = (label: number): HostBatch => ({
  indices: Int32Array.of(0),
  images: new Float32Array(16),
  labels: Int32Array.of(label),
  targets: Float32Array.of(1, 0, 0),
});

test('a waterfall hands on what each returned, in order', async (t) => {
  const hooks = new HookDriver();
  hooks.add('a', 'batch', (given) => ({ ...given, labels: given.labels.map((label) => label + 1) }));
  hooks.add('b', 'batch', async (given) => ({ ...given, labels: given.labels.map((label) => label * 10) }));
  t.deepEqual([...(await hooks.waterfall('batch', anything, batch(1), clock)).labels], [20]);
  t.deepEqual(hooks.contributors('batch'), ['a', 'b']);
});

test('a waterfall that returns nothing is refused by name', async (t) => {
  const hooks = new HookDriver();
  hooks.add('mute', 'batch', () => undefined as unknown as HostBatch);
  const error = await t.throwsAsync(hooks.waterfall('batch', object({}, 'a batch'), batch(0), clock));
  t.is(code(error), 'KDX_HOOK_RESULT');
  t.regex(error?.message ?? '', /Hook "batch" of plugin "mute" gave undefined; it must be a batch\./);
});

test('the first answer wins and the rest are not asked', async (t) => {
  const hooks = new HookDriver();
  const asked: string[] = [];
  for (const [name, answer] of [
    ['a', undefined],
    ['b', 'recipe of b'],
    ['c', 'recipe of c'],
  ] as const) {
    hooks.add(name, 'resolveModel', (async () => {
      asked.push(name);
      return answer;
    }) as never);
  }
  t.is((await hooks.first('resolveModel', anything, 'x')) as unknown, 'recipe of b');
  t.deepEqual(asked, ['a', 'b']);
  t.is(await hooks.first('resolveData', anything, 'x'), undefined);
});

test('a series is awaited one by one and ends at the first failure, which is named', async (t) => {
  const hooks = new HookDriver();
  const order: string[] = [];
  hooks.add('a', 'epochEnd', async () => {
    await new Promise((done) => setTimeout(done, 5));
    order.push('a');
  });
  hooks.add('b', 'epochEnd', () => void order.push('b'));
  hooks.add('c', 'epochEnd', () => {
    throw new RangeError('too far');
  });
  hooks.add('d', 'epochEnd', () => void order.push('d'));
  const error = await t.throwsAsync(hooks.series('epochEnd', clock));
  t.is(code(error), 'KDX_HOOK_FAILED');
  t.is(error?.message, 'Hook "epochEnd" of plugin "c" failed: too far');
  t.true((error as Error).cause instanceof RangeError);
  t.deepEqual(order, ['a', 'b']);
});

test('what an ending run must not leave out goes on past failures', async (t) => {
  const hooks = new HookDriver();
  const closed: string[] = [];
  hooks.add('a', 'close', () => Promise.reject(new Error('stuck')));
  hooks.add('b', 'close', () => void closed.push('b'));
  const failures = await hooks.all('close');
  t.deepEqual(closed, ['b']);
  t.deepEqual(
    failures.map(({ message }) => message),
    ['Hook "close" of plugin "a" failed: stuck'],
  );
});

test('a hook that never settles is reported by name', async (t) => {
  const hooks = new HookDriver({ timeoutMs: 20 });
  hooks.add('sleepy', 'fitStart', () => new Promise(() => {}));
  const error = await t.throwsAsync(hooks.series('fitStart', clock));
  t.is(code(error), 'KDX_HOOK_HANGS');
  t.regex(
    error?.message ?? '',
    /Hook "fitStart" of plugin "sleepy" did not settle within 0\.02 s; .*--set hookTimeout=SECONDS/,
  );
});

test('a hook that takes long is told of while it is waited for, once', async (t) => {
  const told: string[] = [];
  const hooks = new HookDriver({
    timeoutMs: 300_000,
    slow: { callMs: 20 },
    onSlow: ({ plugin, hook, message }) => told.push(`${plugin} ${hook}: ${message}`),
  });
  let finish = (): void => {};
  hooks.add('lazy', 'stepEnd', () => new Promise((done) => (finish = done)));
  for (let call = 0; call < 2; call++) {
    const running = hooks.series('stepEnd', clock);
    await new Promise((later) => setTimeout(later, 60));
    t.deepEqual(told, [
      'lazy stepEnd: Hook "stepEnd" of plugin "lazy" has taken 0.02 s in one call so far, and the run waits for it until 300 s; do less in it, or do it in fewer steps.',
    ]);
    finish();
    await running;
  }
});

test('a hook that blocks is told of when it is over, one on the tape after the epoch', async (t) => {
  const told: string[] = [];
  const hooks = new HookDriver({ slow: { callMs: 5 }, onSlow: ({ message }) => told.push(message) });
  const block = (): void => {
    const until = performance.now() + 20;
    while (performance.now() < until);
  };
  hooks.add('busy', 'stepEnd', block);
  hooks.add('busy', 'gradients', block);
  hooks.add('busy', 'event', block);
  await hooks.series('stepEnd', clock);
  t.is(told.length, 1);
  t.regex(
    told[0],
    /^Hook "stepEnd" of plugin "busy" took [\d.]+ s in one call, for which the run waits; do less/,
  );
  hooks.sync(
    'gradients',
    (run) => run(new Map(), clock),
    () => {},
  );
  t.is(told.length, 1, 'those who listen do not run on the tape');
  hooks.endEpoch(0, 1);
  t.is(told.length, 2);
  t.regex(told[1], /^Hook "gradients"/);
  await hooks.parallel('event', { type: 'run-end', step: 1, seconds: 0 });
  t.regex(told[2], /^Hook "event"/);
});

test('nobody waits for an observer', async (t) => {
  const told: string[] = [];
  const hooks = new HookDriver({ slow: { callMs: 5 }, onSlow: ({ message }) => told.push(message) });
  hooks.add('watcher', 'event', () => new Promise((done) => setTimeout(done, 30)));
  await hooks.parallel('event', { type: 'run-end', step: 1, seconds: 0 });
  t.deepEqual(told, []);
});

test('telling of a slow hook that fails is not blamed on the hook', async (t) => {
  const onSlow = (): never => {
    throw new KdxError('KDX_WRITE_FAILED', 'the disk is full');
  };
  const hooks = new HookDriver({ slow: { callMs: 5 }, onSlow });
  hooks.add('lazy', 'stepEnd', () => new Promise((done) => setTimeout(done, 30)));
  t.is(code(await t.throwsAsync(hooks.series('stepEnd', clock))), 'KDX_WRITE_FAILED');
});

test('whatever a plugin throws is named after it, with a code of kdx too', async (t) => {
  const hooks = new HookDriver();
  hooks.add('sly', 'stepEnd', () => {
    throw new KdxError('KDX_HOOK_HANGS', 'not me');
  });
  const error = await t.throwsAsync(hooks.series('stepEnd', clock));
  t.is(code(error), 'KDX_HOOK_FAILED');
  t.is(error?.message, 'Hook "stepEnd" of plugin "sly" failed: not me');
});

test('a hook on the tape may not be asynchronous, whatever kind of promise it returns', (t) => {
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library is what is tested
  for (const promise of [Promise.reject(new Error('late')), { then: () => {} }]) {
    const hooks = new HookDriver();
    hooks.add('eager', 'gradients', (() => promise) as never);
    const error = t.throws(() =>
      hooks.sync(
        'gradients',
        (run) => run(new Map(), clock),
        () => {},
      ),
    );
    t.is(code(error), 'KDX_HOOK_ASYNC');
    t.regex(error.message, /Hook "gradients" of plugin "eager" returned a promise/);
  }
});

test('a synchronous hook that throws is named', (t) => {
  const hooks = new HookDriver();
  hooks.add('bad', 'gradients', () => {
    throw new Error('no such gradient');
  });
  const error = t.throws(() =>
    hooks.sync(
      'gradients',
      (run) => run(new Map(), clock),
      () => {},
    ),
  );
  t.is(error.message, 'Hook "gradients" of plugin "bad" failed: no such gradient');
});

test('observers run together', async (t) => {
  const hooks = new HookDriver();
  let release = (): void => {};
  const gate = new Promise<void>((open) => {
    release = open;
  });
  const seen: string[] = [];
  hooks.add('a', 'event', async () => {
    await gate;
    seen.push('a');
  });
  hooks.add('b', 'event', () => {
    seen.push('b');
    release();
  });
  await hooks.parallel('event', { type: 'run-end', step: 1, seconds: 0 });
  t.deepEqual(seen, ['b', 'a'], 'in turn, a would wait for ever');
});

test('one plugin’s own contributions can be run alone', async (t) => {
  const hooks = new HookDriver();
  for (const name of ['a', 'b']) hooks.add(name, 'save', (state) => void Object.assign(state, { x: name }));
  const state = {};
  await hooks.seriesOf('a', 'save', state);
  t.deepEqual(state, { x: 'a' });
});

test('a hook that there is none of is refused with the list', (t) => {
  const error = t.throws(() => new HookDriver().add('x', 'onEpoch' as never, (() => {}) as never));
  t.is(code(error), 'KDX_HOOK_UNKNOWN');
  t.regex(error.message, /"x" hooks "onEpoch".*epochEnd/);
});

test('an error with a code of a hook that answers to a name stays as it is; any other is told with plugin and hook', async (t) => {
  const hooks = new HookDriver();
  const source = { name: 'given' } as DataSource;
  hooks.add('mine', 'data', () => {
    throw new KdxError('KDX_MINE', 'There are no images in mine; make some.');
  });
  await t.throwsAsync(hooks.waterfall('data', anything, source), {
    code: 'KDX_MINE',
    message: /^There are no images/,
  });
  const other = new HookDriver();
  other.add('mine', 'data', () => {
    throw new Error('oops');
  });
  await t.throwsAsync(other.waterfall('data', anything, source), {
    code: 'KDX_HOOK_FAILED',
    message: /"data" of plugin "mine"/,
  });
});

test('a data hook gets the source and its answer is the run’s', async (t) => {
  const hooks = new HookDriver();
  hooks.add('a', 'data', (source) => ({ ...source, name: `${source.name}, cut` }));
  hooks.add('b', 'data', async (source) => ({ ...source, name: `${source.name}, turned` }));
  t.is(
    (await hooks.waterfall('data', anything, { name: 'shapes' } as DataSource)).name,
    'shapes, cut, turned',
  );
});
