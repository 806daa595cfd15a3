import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '@kdx/core';
import test from 'ava';
import type { RunState } from './page/page-data.js';
import { RunFolder } from './run-folder.js';
import {
  append,
  CONFIG,
  eventsOf,
  heads,
  linesOf,
  lock,
  SUMMARY,
  temporaryFolder,
  writeRun,
} from './runs.test.helper.js';

const interrupted: RunEvent = { type: 'error', step: 2, code: 'KDX_INTERRUPTED', message: 'Interrupted.' };
const failed: RunEvent = { type: 'error', step: 2, code: 'KDX_NON_FINITE', message: 'The loss is NaN.' };

async function viewOf(directory: string) {
  const folder = new RunFolder(directory);
  folder.refresh();
  return folder.view('r');
}

test('curves, scores and facts of a finished run are those of its files', async (t) => {
  const test: RunEvent = {
    type: 'evaluation',
    step: 6,
    epoch: 2,
    split: 'test',
    weights: 'last',
    heads: heads(29.5),
  };
  const view = await viewOf(
    writeRun(temporaryFolder(t), { events: linesOf([...eventsOf(), test]), summary: SUMMARY }),
  );
  t.like(view, {
    state: 'finished',
    methods: ['kd'],
    student: 'cifar_resnet20',
    seed: 1,
    parameters: 1234,
    epochs: 3,
    steps: 6,
    step: 6,
    seconds: 42,
    trainLoss: 4.4,
    bestEpoch: 2,
    imagesPerSecond: 103.5,
    notes: [],
  });
  t.deepEqual(view.curves.loss, { x: [1, 2, 3, 4, 5, 6], y: [4.9, 4.8, 4.7, 4.6, 4.5, 4.4] });
  t.deepEqual(Object.keys(view.curves.terms), ['classification/ce', 'kd/logits']);
  t.deepEqual(view.validation.fused.epochs, [1, 2, 3]);
  t.deepEqual(view.validation.fused.values.top1, [10, 20, 30]);
  t.deepEqual(view.validation.class.values.top1, [9, 19, 29]);
  const fused = view.scores.filter(({ head }) => head === 'fused');
  t.deepEqual(
    fused.map(({ split, weights, values }) => [split, weights, values.top1]),
    [
      ['validation', 'last', 30],
      ['validation', 'best', 31],
      ['test', 'last', 29.5],
      ['test', 'best', 28],
    ],
  );
  t.deepEqual(
    view.config.find(({ key }) => key === 'lr'),
    { key: 'lr', value: '0.02', from: 'given' },
  );
  t.true(view.environment.some(({ key, value }) => key === 'cpu' && value === 'one'));
});

test('a run of another task is shown with the names that it tells, and one that tells none as classification', async (t) => {
  const root = temporaryFolder(t);
  const task = {
    name: 'ages',
    headline: { name: 'mae', better: 'lower' },
    scores: { mae: { label: 'mean error', unit: 'years' }, bias: { label: 'bias' } },
  } as const;
  const heads = { fused: { images: 6, mae: 4.5, bias: -1 } };
  const events: RunEvent[] = [
    { type: 'run-start', run: 'r', resumedAt: 0, steps: 2, task },
    { type: 'evaluation', step: 2, epoch: 0, split: 'validation', weights: 'last', heads },
    { type: 'evaluation', step: 2, epoch: 0, split: 'test', weights: 'last', heads },
  ];
  const view = await viewOf(writeRun(join(root, 'ages'), { events: linesOf(events) }));
  t.deepEqual(view.task, task);
  t.deepEqual(view.validation.fused, { epochs: [1], values: { mae: [4.5], bias: [-1] } });
  t.deepEqual(
    view.scores.map(({ split, values }) => [split, values]),
    [
      ['validation', { mae: 4.5, bias: -1 }],
      ['test', { mae: 4.5, bias: -1 }],
    ],
  );
  const old = await viewOf(writeRun(join(root, 'old'), { events: linesOf(eventsOf({ until: 2 })) }));
  t.deepEqual(old.task.headline, { name: 'top1', better: 'higher' });
  t.deepEqual(Object.keys(old.task.scores), ['top1', 'top5', 'loss', 'ece']);
});

test('a run says how it stands: running, interrupted, failed, killed', async (t) => {
  const root = temporaryFolder(t);
  const begun = eventsOf({ until: 2 });
  const states: [string, RunEvent[], RunState, RegExp][] = [
    ['interrupted', [...begun, interrupted], 'interrupted', /kdx run --resume .*interrupted/],
    ['failed', [...begun, failed], 'failed', /KDX_NON_FINITE The loss is NaN\./],
    ['killed', begun, 'stopped', /killed.*kdx run --resume/],
    ['whole', [...begun, { type: 'run-end', step: 2, seconds: 9 }], 'finished', /summary\.json is missing/],
  ];
  for (const [name, events, state, text] of states) {
    const view = await viewOf(writeRun(join(root, name), { events: linesOf(events) }));
    t.is(view.state, state, name);
    t.regex(view.stateText, text);
    t.is(view.bestEpoch, 1);
    t.is(view.scores.find(({ weights, head }) => weights === 'last' && head === 'fused')?.values.top1, 10);
  }
  const running = writeRun(join(root, 'running'), { events: linesOf(begun) });
  lock(running);
  const view = await viewOf(running);
  t.is(view.state, 'running');
  t.is(view.secondsLeft, 4, 'a second a step, four steps to go');
});

test('a run that is looked at again grows, ends, and may be cut back by a resume', async (t) => {
  const directory = writeRun(temporaryFolder(t), { events: linesOf(eventsOf({ until: 2 })) });
  const writer = lock(directory);
  const folder = new RunFolder(directory);
  t.true(folder.refresh());
  t.false(folder.refresh(), 'nothing is new');
  const kept = linesOf(eventsOf({ until: 2 }));
  append(directory, linesOf(eventsOf({ until: 6 })).slice(kept.length));
  t.true(folder.refresh());
  t.is((await folder.view('r')).step, 6);
  truncateSync(join(directory, 'events.jsonl'), kept.length);
  append(directory, linesOf([{ type: 'run-start', run: 'r', resumedAt: 2, steps: 6 }]));
  t.true(folder.refresh());
  const resumed = await folder.view('r');
  t.like(resumed, { step: 2, state: 'running' });
  t.deepEqual(resumed.curves.loss.x, [1, 2]);
  t.regex(resumed.log.at(-1)?.text ?? '', /resumed after step 2/);
  writer.release();
  writeFileSync(join(directory, 'summary.json'), JSON.stringify(SUMMARY));
  t.true(folder.refresh());
  t.is((await folder.view('r')).state, 'finished');
});

test('damage is said and not died of', async (t) => {
  const root = temporaryFolder(t);
  const lines = linesOf(eventsOf({ until: 2 })).split('\n');
  const nan = JSON.stringify({ type: 'step', step: 3, epoch: 1, loss: null, terms: { a: 1 } });
  const events = [...lines.slice(0, 2), '{"type":"st', '{"type":"step"}', nan, ...lines.slice(2)].join('\n');
  const damaged = await viewOf(
    writeRun(join(root, 'events'), { events: `${events}{"time":"2026`, summary: SUMMARY }),
  );
  t.deepEqual(damaged.notes, [
    'events.jsonl has a damaged line (3), left out.',
    'events.jsonl ends in half a line, as a run leaves it that is killed while it writes.',
    '5 logged values are not a finite number, left out.',
  ]);
  t.is(damaged.curves.loss.x.length, 2);
  t.deepEqual(damaged.curves.terms.a, { x: [3], y: [1] });

  const noConfig = await viewOf(writeRun(join(root, 'config'), { config: '{"kdx":' }));
  t.regex(noConfig.notes.join(), /config\.json is damaged/);
  t.is(noConfig.methods, undefined, 'nobody knows');
  const odd = await viewOf(
    writeRun(join(root, 'odd'), { config: { ...CONFIG, pinned: { plugins: 3 }, config: [] }, summary: 7 }),
  );
  t.regex(odd.notes.join(), /summary\.json is damaged.*config\.json lacks parts/);
  t.is(odd.state, 'stopped');

  const noLog = writeRun(join(root, 'log'), { summary: SUMMARY });
  rmSync(join(noLog, 'events.jsonl'));
  mkdirSync(join(noLog, 'events.jsonl'));
  const unread = await viewOf(noLog);
  t.regex(unread.notes.join(), /events\.jsonl cannot be read: EISDIR/);
  t.is(unread.state, 'finished');

  const confused = writeRun(join(root, 'confusion'), { summary: SUMMARY });
  const cells = [[0, 5, 1]];
  writeFileSync(join(confused, 'confusion.json'), JSON.stringify({ classNames: ['a'], cells }));
  const view = await viewOf(confused);
  t.is(view.confusion, undefined);
  t.regex(view.notes.join(), /confusion\.json is not what kdx writes/);
});

test('who only watches a run is no method of it', async (t) => {
  const root = temporaryFolder(t);
  const methods = async (...names: string[]): Promise<readonly string[] | undefined> => {
    const plugins = names.map((name) => `${name}@0.1.0 {}`);
    const config = { ...CONFIG, pinned: { ...CONFIG.pinned, plugins } };
    return (await viewOf(writeRun(join(root, names.join('+')), { config }))).methods;
  };
  t.deepEqual(await methods('classification', 'csv', 'tensorboard'), []);
  t.deepEqual(await methods('tensorboard', 'classification', 'kd', 'csv', '@me/csv'), ['kd', '@me/csv']);
});

test('a pool that is gone is said', async (t) => {
  const plugins = ['df-dearkd@0.1.0 {"dearkd":false,"pool":"gone/pool?threshold=0.1"}'];
  const config = { ...CONFIG, cwd: '/nowhere', pinned: { ...CONFIG.pinned, plugins } };
  const { notes, pool } = await viewOf(writeRun(temporaryFolder(t), { config, summary: SUMMARY }));
  t.is(pool, undefined);
  t.regex(notes.join(), /The pool gone\/pool\?threshold=0\.1 it was trained on is not shown: .*kdx synth/);
});
