import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOG_TIME, sampleEvents, writeLog } from '@kdx/testing';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import { CsvFiles } from './csv-files.js';

const { step, epoch, evaluation, teacher } = sampleEvents;
const folder = (): string => mkdtempSync(join(tmpdir(), 'kdx-csv-'));

// Read back by csv-parse, which shares nothing with what wrote them.
const read = (directory: string, name: string, delimiter = ','): Record<string, string>[] =>
  parse(readFileSync(join(directory, name)), { columns: true, delimiter });

test('a row for each logged step, a column for each term and its weight', (t) => {
  const directory = folder();
  writeLog(
    directory,
    step(1, { 'base/ce': 2, 'kd/logits': 1e-9 }),
    step(2, { 'base/ce': 0, 'kd/logits': 0.25 }),
  );
  new CsvFiles(directory, ',').flush();
  t.deepEqual(read(directory, 'steps.csv'), [
    {
      step: '1',
      epoch: '0',
      loss: '0.1',
      learning_rate: '0.1',
      images_per_second: '100',
      time: LOG_TIME,
      'term:base/ce': '2',
      'term:kd/logits': '1e-9',
      'weight:base/ce': '0.5',
      'weight:kd/logits': '0.5',
    },
    {
      step: '2',
      epoch: '0',
      loss: '0.2',
      learning_rate: '0.1',
      images_per_second: '100',
      time: LOG_TIME,
      'term:base/ce': '0',
      'term:kd/logits': '0.25',
      'weight:base/ce': '0.5',
      'weight:kd/logits': '0.5',
    },
  ]);
});

test('epochs and scores have files of their own; the teacher is a row without epoch', (t) => {
  const directory = folder();
  writeLog(directory, teacher, epoch(4), evaluation(4), evaluation(4, 'ema'));
  new CsvFiles(directory, ',').flush();
  t.like(read(directory, 'epochs.csv'), [
    { epoch: '0', step: '4', loss: '1.5', seconds: '3', 'term:kd/logits': '2' },
  ]);
  t.deepEqual(
    read(directory, 'scores.csv').map(({ step: at, epoch: of, model, weights, head, top1 }) =>
      [at, of, model, weights, head, top1].join(' '),
    ),
    [
      '0  big  fused 72.63',
      ...['last', 'ema'].flatMap((weights) => [
        `4 0 student ${weights} class 40`,
        `4 0 student ${weights} distillation 41`,
        `4 0 student ${weights} fused 42`,
      ]),
    ],
  );
});

test('files grow by what came, and a term that comes later is a new column of all rows', (t) => {
  const directory = folder();
  const files = new CsvFiles(directory, ',');
  writeLog(directory, step(1, { a: 1 }));
  files.flush();
  writeLog(directory, step(2, { a: 2 }));
  files.flush();
  writeLog(directory, step(3, { b: 3 }));
  files.flush();
  files.flush();
  const rows = read(directory, 'steps.csv');
  t.deepEqual(
    rows.map((row) => [row.step, row['term:a'], row['term:b']]),
    [
      ['1', '1', ''],
      ['2', '2', ''],
      ['3', '', '3'],
    ],
  );
});

test('what a resume cut from the log is in the files no more, and nothing is there twice', (t) => {
  const directory = folder();
  const logFile = join(directory, 'events.jsonl');
  writeLog(directory, step(1, { a: 1 }), step(2, { a: 2 }));
  const kept = readFileSync(logFile).length;
  writeLog(directory, step(3, { a: 3 }), step(4, { a: 4, late: 1 }));
  new CsvFiles(directory, ',').flush();
  // Killed in the middle of a row.
  appendFileSync(join(directory, 'steps.csv'), '5,0,0.');
  truncateSync(logFile, kept);
  const resumed = new CsvFiles(directory, ',');
  resumed.flush();
  writeLog(directory, step(3, { a: 3 }));
  resumed.flush();
  const rows = read(directory, 'steps.csv');
  t.deepEqual(
    rows.map((row) => row.step),
    ['1', '2', '3'],
  );
  t.false('term:late' in rows[0]);
});

test('names with commas and quotes survive, with any delimiter', (t) => {
  for (const delimiter of [',', ';', '\t']) {
    const directory = folder();
    writeLog(directory, { ...teacher, name: 'net?a=1,2;"x"' });
    new CsvFiles(directory, delimiter).flush();
    t.is(read(directory, 'scores.csv', delimiter)[0].model, 'net?a=1,2;"x"');
  }
});

test('a file that cannot be written is an error with its name, and whole once it can', (t) => {
  const directory = folder();
  writeLog(directory, step(1, { a: 1 }));
  const files = new CsvFiles(directory, ',');
  files.flush();
  const file = join(directory, 'steps.csv');
  rmSync(file);
  mkdirSync(file);
  writeLog(directory, step(2, { a: 2 }));
  const error = t.throws(() => files.flush(), { code: 'KDX_WRITE_FAILED' });
  t.regex(error.message, /steps\.csv/);
  rmdirSync(file);
  writeLog(directory, step(3, { a: 3 }));
  files.flush();
  t.deepEqual(
    read(directory, 'steps.csv').map((row) => row.step),
    ['1', '2', '3'],
  );
  t.deepEqual(readdirSync(directory).sort(), ['epochs.csv', 'events.jsonl', 'scores.csv', 'steps.csv']);
});
