import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { RunStore } from '../index.js';
import { begunFolder, code } from '../train/tiny-run.test.helper.js';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'kdx-store-')), 'runs', 'one');

test('a new run makes its folder; one that holds a run is refused with the way out', (t) => {
  const directory = fresh();
  const store = RunStore.create(directory);
  t.true(existsSync(join(directory, 'checkpoints')));
  t.notThrows(() => RunStore.create(directory), 'nothing was begun in it');
  store.writeJson('config.json', {});
  const error = t.throws(() => RunStore.create(directory));
  t.is(code(error), 'KDX_RUN_EXISTS');
  t.true(error.message.includes(`--resume ${directory}`));
  t.is(RunStore.open(directory).directory, directory);
});

test('a folder without a run cannot be opened', (t) => {
  const error = t.throws(() => RunStore.open(fresh()));
  t.is(code(error), 'KDX_RUN_MISSING');
});

test('a folder that cannot be made is a write failure', (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kdx-store-')), 'file');
  writeFileSync(file, '');
  t.is(code(t.throws(() => RunStore.create(join(file, 'run')))), 'KDX_WRITE_FAILED');
});

test('a folder that is being written is refused to others, and one whose writer died is not', (t) => {
  const store = RunStore.open(begunFolder());
  store.lock();
  const error = t.throws(() => RunStore.open(store.directory).lock());
  t.is(code(error), 'KDX_RUN_BUSY');
  t.true(error.message.includes(String(process.pid)));
  t.true(RunStore.open(store.directory).isBusy());
  store.close();
  t.false(RunStore.open(store.directory).isBusy());
  writeFileSync(store.path('run.lock'), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
  const next = RunStore.open(store.directory);
  t.false(next.isBusy());
  next.lock();
  next.close();
  t.false(existsSync(next.path('run.lock')));
});

test('JSON goes and comes whole, and leaves nothing beside it', (t) => {
  const store = RunStore.open(begunFolder());
  store.writeJson('summary.json', { a: [1, 2] });
  store.writeJson('summary.json', { a: [3] });
  t.deepEqual(store.readJson('summary.json'), { a: [3] });
  t.deepEqual(readdirSync(store.directory).sort(), ['checkpoints', 'config.json', 'summary.json']);
  writeFileSync(store.path('summary.json'), '{"a": [');
  t.is(code(t.throws(() => store.readJson('summary.json'))), 'KDX_RUN_BROKEN');
});

for (const [what, content] of [
  ['null', 'null'],
  ['a number', '5'],
  ['a list', '[]'],
  ['true', 'true'],
  ['nothing', ''],
  ['a key twice', '{"a":1,"a":2}'],
  ['__proto__', '{"__proto__":{"a":1}}'],
] as const) {
  test(`a config.json that is ${what} is refused with its path`, (t) => {
    const store = RunStore.open(begunFolder());
    writeFileSync(store.path('config.json'), content);
    const error = t.throws(() => store.readJson('config.json'));
    t.is(code(error), 'KDX_RUN_BROKEN');
    t.true(error.message.includes(store.path('config.json')));
  });
}

for (const left of [
  'events.jsonl',
  'summary.json',
  'student.safetensors',
  join('checkpoints', 'last.safetensors'),
  join('checkpoints', 'best.safetensors'),
]) {
  test(`a folder with ${left} and without config.json neither starts nor resumes a run`, (t) => {
    const directory = fresh();
    writeFileSync(RunStore.create(directory).path(left), 'x');
    for (const use of [() => RunStore.create(directory), () => RunStore.open(directory)]) {
      const error = t.throws(use);
      t.is(code(error), 'KDX_RUN_BROKEN');
      t.true(error.message.includes(left) && error.message.includes('config.json is missing'));
    }
  });
}
