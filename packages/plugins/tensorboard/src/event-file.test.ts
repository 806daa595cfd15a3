import { appendFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_TIME, sampleEvents, writeLog } from '@kdx/testing';
import test from 'ava';
import { EventFile } from './event-file.js';
import { eventFiles, type ReadEvent, readEventFile } from './read-events.test.helper.js';
import { record } from './record.js';

const { step, epoch, evaluation, teacher } = sampleEvents;
const folder = (): string => mkdtempSync(join(tmpdir(), 'kdx-tensorboard-'));

const stepsOf = (events: readonly ReadEvent[]): number[] =>
  events.filter(({ values }) => 'train/loss' in values).map(({ step: at }) => at);

test('the checksum of a record is the masked CRC-32C', (t) => {
  // 0xE3069283 is the check value of CRC-32C: that of "123456789".
  const bytes = record(Buffer.from('123456789'));
  const crc = 0xe3069283;
  t.is(bytes.readUInt32LE(bytes.length - 4), ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) % 2 ** 32);
  t.is(bytes.readBigUInt64LE(0), 9n);
});

test('a file says its version, that a session starts, and then every value under its tag', (t) => {
  const directory = folder();
  writeLog(directory, teacher, step(1, { 'kd/logits': 0 }), epoch(4), evaluation(4), evaluation(4, 'ema'));
  new EventFile(directory).flush();
  const [version, start, ...events] = readEventFile(directory);
  t.is(version.fileVersion, 'brain.Event:2');
  t.like(start, { status: 1, step: 0 });
  t.true(events.every(({ wallTime }) => wallTime === Date.parse(LOG_TIME) / 1000));
  t.deepEqual(
    events.map(({ step: at }) => at),
    [0, 1, 4, 4, 4],
  );
  const float = Math.fround;
  t.like(events[0].values, { 'teacher_validation/top1/big': float(72.63) });
  t.deepEqual(events[1].values, {
    'train/loss': float(0.1),
    'train/learning_rate': float(0.1),
    'train/images_per_second': 100,
    'terms/kd/logits': 0,
    'weights/kd/logits': 0.5,
  });
  t.deepEqual(events[2].values, { 'epoch/loss': 1.5, 'epoch/seconds': 3 });
  t.like(events[3].values, {
    'validation/top1': 42,
    'validation/top1_distillation': 41,
    'validation/top1_class': 40,
  });
  t.like(events[4].values, { 'validation_ema/top1': 42, 'validation_ema/loss': 0 });
});

test('a file grows by what came', (t) => {
  const directory = folder();
  const file = new EventFile(directory);
  writeLog(directory, step(1, {}));
  file.flush();
  const before = readFileSync(join(directory, eventFiles(directory)[0]));
  writeLog(directory, step(2 ** 33, {}));
  file.flush();
  file.flush();
  t.deepEqual(stepsOf(readEventFile(directory)), [1, 2 ** 33]);
  t.true(
    readFileSync(join(directory, eventFiles(directory)[0]))
      .subarray(0, before.length)
      .equals(before),
  );
});

test('after a resume there is one file, later by its name, without what the log was cut by', (t) => {
  const directory = folder();
  const logFile = join(directory, 'events.jsonl');
  writeLog(directory, step(1, {}), step(2, {}));
  const kept = readFileSync(logFile).length;
  writeLog(directory, step(3, {}));
  new EventFile(directory).flush();
  const [first] = eventFiles(directory);
  // Killed in the middle of a record.
  appendFileSync(join(directory, first), 'half');
  const foreign = join(directory, 'events.out.tfevents.1.elsewhere');
  writeFileSync(foreign, '');
  truncateSync(logFile, kept);
  const resumed = new EventFile(directory);
  resumed.flush();
  writeLog(directory, step(3, {}), step(4, {}));
  resumed.flush();
  t.true(eventFiles(directory).includes('events.out.tfevents.1.elsewhere'), 'files of others stay');
  truncateSync(foreign, 0);
  const ours = eventFiles(directory).filter((name) => name.endsWith('.kdx'));
  t.is(ours.length, 1);
  t.true(ours[0] > first);
});

test('a resumed file has every step once', (t) => {
  const directory = folder();
  const logFile = join(directory, 'events.jsonl');
  writeLog(directory, step(1, {}), step(2, {}));
  const kept = readFileSync(logFile).length;
  writeLog(directory, step(3, {}));
  new EventFile(directory).flush();
  truncateSync(logFile, kept);
  const resumed = new EventFile(directory);
  resumed.flush();
  writeLog(directory, step(3, {}), step(4, {}));
  resumed.flush();
  t.deepEqual(stepsOf(readEventFile(directory)), [1, 2, 3, 4]);
});
