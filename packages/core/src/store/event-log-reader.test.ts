import { appendFileSync, mkdtempSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { EventLogReader } from '../index.js';

const line = (step: number): string =>
  `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', type: 'log', step, source: 'ü', message: 'm' })}\n`;
const stepsOf = (reader: EventLogReader): number[] =>
  reader.next().map((event) => ('step' in event ? event.step : -1));

test('what came since the last time is given once, whole lines only', (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kdx-reader-')), 'events.jsonl');
  const reader = new EventLogReader(file);
  t.deepEqual(reader.next(), []);
  appendFileSync(file, line(1) + line(2) + line(3).slice(0, 20));
  t.deepEqual(stepsOf(reader), [1, 2]);
  t.deepEqual(stepsOf(reader), []);
  appendFileSync(file, line(3).slice(20));
  t.deepEqual(stepsOf(reader), [3]);
  truncateSync(file, Buffer.byteLength(line(1)));
  t.deepEqual(stepsOf(reader), []);
  reader.rewind();
  t.deepEqual(stepsOf(reader), [1]);
});

test('a line that is not JSON is told with its file', (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'kdx-reader-')), 'events.jsonl');
  appendFileSync(file, 'no\n');
  t.throws(() => new EventLogReader(file).next(), { code: 'KDX_RUN_BROKEN', message: /events\.jsonl/ });
});
