import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type RunEvent, RunStore } from '../index.js';
import { begunFolder, code } from '../train/tiny-run.test.helper.js';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'kdx-store-')), 'runs', 'one');
const epoch = (step: number, seconds: number): RunEvent => ({
  type: 'epoch',
  step,
  epoch: step,
  loss: 1,
  terms: {},
  seconds,
});
const lines = (store: RunStore): RunEvent[] =>
  readFileSync(store.path('events.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RunEvent);

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

test('JSON goes and comes whole, and leaves nothing beside it', (t) => {
  const store = RunStore.open(begunFolder());
  store.writeJson('summary.json', { a: [1, 2] });
  store.writeJson('summary.json', { a: [3] });
  t.deepEqual(store.readJson('summary.json'), { a: [3] });
  t.deepEqual(readdirSync(store.directory).sort(), ['checkpoints', 'config.json', 'summary.json']);
  writeFileSync(store.path('summary.json'), '{"a": [');
  t.is(code(t.throws(() => store.readJson('summary.json'))), 'KDX_RUN_BROKEN');
});

test('events are appended, with their time, and cut back to where a checkpoint stood', (t) => {
  const store = RunStore.open(begunFolder());
  t.is(store.eventBytes(), 0);
  store.appendEvent(epoch(1, 2));
  const bytes = store.eventBytes();
  store.appendEvent(epoch(2, 3));
  appendFileSync(store.path('events.jsonl'), '{"type":"epo');
  store.cutEvents(bytes);
  t.deepEqual(
    lines(store).map((event) => 'step' in event && event.step),
    [1],
  );
  store.appendEvent(epoch(2, 4));
  t.is(store.secondsOfEpochs(), 6);
  t.regex((lines(store)[0] as unknown as { time: string }).time, /^\d{4}-\d\d-\d\dT/);
  store.close();
});

test('seconds count epochs and not what only looks like one', (t) => {
  const store = RunStore.open(begunFolder());
  t.is(store.secondsOfEpochs(), 0);
  store.appendEvent({ type: 'log', step: 0, source: 'x', message: 'an "epoch": {"type":"epoch"}' });
  store.appendEvent(epoch(1, 1.5));
  t.is(store.secondsOfEpochs(), 1.5);
  store.close();
});

test('events that cannot be written fail the run by their file', (t) => {
  const store = RunStore.open(begunFolder());
  const gone = RunStore.open(store.directory);
  (gone as { directory: string }).directory = join(store.directory, 'config.json');
  const error = t.throws(() => gone.appendEvent(epoch(1, 1)));
  t.is(code(error), 'KDX_WRITE_FAILED');
  t.regex(error.message, /events\.jsonl/);
});
