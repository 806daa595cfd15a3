import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { RunEvent, Scores } from '@kdx/core';
import test from 'ava';
import { runReporter } from './run-reporter.js';

const scores: Scores = { top1: 75, top5: 98, loss: 0.8, ece: 0.1, images: 40 };
const epoch: RunEvent = {
  type: 'epoch',
  step: 2,
  epoch: 0,
  loss: 1.5,
  terms: {},
  seconds: 3,
  imagesPerSecond: 20,
} as RunEvent;
const evaluation: RunEvent = {
  type: 'evaluation',
  step: 2,
  epoch: 0,
  split: 'validation',
  weights: 'last',
  heads: { class: scores, fused: scores },
} as RunEvent;
const log: RunEvent = { type: 'log', step: 2, source: 'wave', message: 'halfway' };
const warning: RunEvent = { type: 'warning', step: 2, code: 'KDX_OBSERVER_FAILED', message: 'it threw' };
const end: RunEvent = { type: 'run-end', step: 2, seconds: 3 };

/** The lines that stay, without colours, of a run told without a terminal. */
function linesOf(...events: RunEvent[]): string[] {
  const stream = new PassThrough();
  const report = runReporter({ epochs: 1, stream: stream as unknown as NodeJS.WriteStream });
  for (const event of events) report(event);
  const text = (stream.read() as Buffer | null)?.toString() ?? '';
  return stripVTControlCharacters(text).split('\n').filter(Boolean);
}

const LINE = 'epoch 1/1  loss 1.5  validation top-1 75.00 %, top-5 98.00 %  0:03';

test("an epoch's line has its validation", (t) => {
  t.deepEqual(linesOf(epoch, evaluation, end), [LINE]);
});

test("an average's validation stands on the same line, whatever comes between", (t) => {
  const average = { ...evaluation, weights: 'ema', heads: { fused: { ...scores, top1: 80.5 } } } as RunEvent;
  const stream = new PassThrough();
  const report = runReporter({
    epochs: 1,
    averaged: true,
    stream: stream as unknown as NodeJS.WriteStream,
  });
  for (const event of [epoch, evaluation, log, average, end]) report(event);
  const lines = stripVTControlCharacters(String(stream.read())).split('\n').filter(Boolean);
  t.deepEqual(lines, [
    '[wave] halfway',
    'epoch 1/1  loss 1.5  validation top-1 75.00 %, top-5 98.00 %, averaged 80.50 %  0:03',
  ]);
});

test('a log line or a warning in between takes nothing from it', (t) => {
  t.deepEqual(linesOf(epoch, log, evaluation, end), ['[wave] halfway', LINE]);
  t.deepEqual(linesOf(epoch, warning, log, evaluation, end), [
    'KDX_OBSERVER_FAILED it threw',
    '[wave] halfway',
    LINE,
  ]);
});

test('a teacher that was scored on a sample is told as that', (t) => {
  const teacher = { type: 'teacher', name: 'big', split: 'test', scores } as const;
  const said = 'teacher   big: top-1 75.00 %, top-5 98.00 % on';
  t.deepEqual(linesOf(teacher), [`${said} 40 test images`]);
  t.deepEqual(linesOf({ ...teacher, sample: { of: 2000, kind: 'class-balanced' } }), [
    `${said} 40 of 2,000 test images, a class-balanced sample`,
  ]);
});

test('an epoch that is not validated has a line too', (t) => {
  t.deepEqual(linesOf(epoch, log, end), ['[wave] halfway', 'epoch 1/1  loss 1.5  0:03']);
});

test('what the teacher cache did is one line at the end', (t) => {
  const cache = (hits: number, misses: number, secondsSaved: number): RunEvent => ({
    type: 'teacher-cache',
    step: 2,
    epoch: 0,
    teacher: 'teacher',
    hits,
    misses,
    damaged: 0,
    secondsSaved,
  });
  t.deepEqual(linesOf(cache(0, 2000, -0.1), epoch, evaluation, cache(3000, 0, 272.4), end), [
    LINE,
    'teacher cache  60.0 % of 5,000 batches from disk, about 4:32 saved',
  ]);
  t.deepEqual(linesOf(cache(4710, 0, 600), end), [
    'teacher cache  100.0 % of 4,710 batches from disk, about 10:00 saved',
  ]);
  t.deepEqual(
    linesOf(cache(0, 10, -0.1), end),
    ['teacher cache  0.0 % of 10 batches from disk'],
    'the first run',
  );
  t.deepEqual(linesOf(end), [], 'no cache');
});
