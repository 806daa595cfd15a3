import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { HeadScores } from '../contracts/scores.js';
import type { RunEvent } from '../events/event-stream.js';
import { EventLog } from './event-log.js';
import { EventLogReader } from './event-log-reader.js';

const heads: HeadScores = { fused: { images: 1, top1: 0, top5: 0, loss: 0, ece: 0 } };
const epoch = (step: number, seconds: number): RunEvent => ({
  type: 'epoch',
  step,
  epoch: 0,
  loss: 0,
  terms: {},
  seconds,
});
const newLog = (): EventLog => new EventLog(join(mkdtempSync(join(tmpdir(), 'kdx-store-')), 'events.jsonl'));
const kept = (log: EventLog): RunEvent[] =>
  readFileSync(log.file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);

test('events are appended with their time', (t) => {
  const log = newLog();
  log.append(epoch(1, 2));
  log.close();
  t.regex((kept(log)[0] as unknown as { time: string }).time, /^\d{4}-\d\d-\d\dT/);
});

test('a cut keeps the checkpoint it goes back to, and drops what came after and what was half written', (t) => {
  const log = newLog();
  const before: RunEvent[] = [
    { type: 'run-start', run: 'r', resumedAt: 0, steps: 4 },
    epoch(2, 1),
    { type: 'evaluation', step: 2, epoch: 0, split: 'validation', weights: 'last', heads },
    { type: 'checkpoint', step: 2, name: 'last', file: 'f' },
  ];
  for (const event of before) log.append(event);
  log.append(epoch(4, 1));
  log.append({ type: 'checkpoint', step: 4, name: 'best', file: 'f' });
  log.close();
  appendFileSync(log.file, '{"type":"epo');
  log.cutAfter(2);
  t.deepEqual(
    kept(log).map(({ type }) => type),
    before.map(({ type }) => type),
  );
});

test('how a run ended is no part of what a resume goes on from', (t) => {
  const log = newLog();
  log.append({ type: 'checkpoint', step: 4, name: 'last', file: 'f' });
  log.append({ type: 'evaluation', step: 4, epoch: 0, split: 'test', weights: 'last', heads });
  log.append({ type: 'run-end', step: 4, seconds: 1 });
  log.cutAfter(4);
  t.deepEqual(
    kept(log).map(({ type }) => type),
    ['checkpoint'],
  );
});

test('seconds count epochs and not what only looks like one', (t) => {
  const log = newLog();
  t.is(log.epochSeconds(), 0);
  log.append({ type: 'log', step: 0, source: 'x', message: 'an "epoch": {"type":"epoch"}' });
  log.append(epoch(1, 1.5));
  log.append(epoch(2, 1));
  t.is(log.epochSeconds(), 2.5);
  log.close();
});

test('events that cannot be written fail the run by their file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-store-'));
  const error = t.throws(() => new EventLog(join(folder, 'gone', 'events.jsonl')).append(epoch(1, 1)));
  t.like(error, { code: 'KDX_WRITE_FAILED' });
  t.regex(error.message, /events\.jsonl/);
});

for (const [what, line] of [
  ['a number', '5'],
  ['null', 'null'],
  ['a list', '[]'],
  ['text', '"epoch"'],
  ['an object without a type', '{"step":1}'],
  ['a type that is a number', '{"type":5,"step":1}'],
  ['a step that is text', '{"type":"log","step":"1","source":"a","message":"b"}'],
  ['an epoch without its seconds', '{"type":"epoch","step":2,"epoch":0,"loss":1,"terms":{}}'],
  ['terms that are null', '{"type":"epoch","step":2,"epoch":0,"loss":1,"terms":null,"seconds":1}'],
  ['a key twice', '{"type":"log","step":1,"step":9}'],
  ['half a line', '{"type":"epo'],
] as const) {
  test(`${what} in the log is refused with its line, by a resume and by those who read it`, (t) => {
    const log = newLog();
    log.append(epoch(1, 2));
    log.close();
    appendFileSync(log.file, `${line}\n`);
    for (const read of [() => log.all(), () => log.cutAfter(5), () => new EventLogReader(log.file).next()]) {
      t.throws(read, {
        code: 'KDX_RUN_BROKEN',
        message: /^Line 2 of .*events\.jsonl is not an event that kdx writes \(/,
      });
    }
  });
}

test('an event type of a later kdx, and null for a loss that was not finite, are events', (t) => {
  const log = newLog();
  appendFileSync(
    log.file,
    '{"type":"weather","rain":true}\n{"type":"epoch","step":2,"epoch":0,"loss":null,"terms":{"a":null},"seconds":1}\n',
  );
  t.is(log.all().length, 2);
});
