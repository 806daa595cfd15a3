import { PassThrough } from 'node:stream';
import type { RunEvent } from '@kdx/core';
import test from 'ava';
import { liveProgress, quiet } from './progress.js';

const START: RunEvent = { type: 'run-start', run: 'r', resumedAt: 0, steps: 40 };
const step = (at: number): RunEvent => ({
  type: 'step',
  step: at,
  epoch: 1,
  loss: 1.2345,
  terms: {},
  learningRate: 0.1,
  imagesPerSecond: 99.6,
});
const scores = { images: 10, top1: 62.5, top5: 90, loss: 1, ece: 0 };
const validation: RunEvent = {
  type: 'evaluation',
  step: 20,
  epoch: 0,
  split: 'validation',
  weights: 'last',
  heads: { fused: scores },
};

function watched(tty: boolean) {
  const stream = new PassThrough();
  if (tty) Object.assign(stream, { isTTY: true, columns: 60 });
  const progress = liveProgress(5, stream as unknown as NodeJS.WriteStream);
  return { progress, text: () => String(stream.read() ?? '') };
}

test('without a terminal a training has a line as it begins and one as it ends', (t) => {
  const { progress, text } = watched(false);
  const one = progress.begin('teacher', 2);
  const two = progress.begin('student', 2);
  for (const event of [START, validation, step(20)]) two.event(event);
  two.end();
  progress.say('between');
  one.end();
  t.deepEqual(text().split('\n'), [
    '  1/5 teacher begins',
    '  2/5 student begins',
    '  2/5 student: done in 0:00, validation top-1 62.5 %',
    'between',
    '  1/5 teacher: done in 0:00',
    '',
  ]);
});

test('on a terminal each has a line, no longer than the terminal is wide, that the next one replaces', (t) => {
  const { progress, text } = watched(true);
  const one = progress.begin('teacher', 2);
  const two = progress.begin('student with a long name', 2);
  text();
  for (const event of [START, validation, step(20)]) two.event(event);
  const drawn = text();
  const last = drawn.split('\u001b[0J').at(-1) ?? '';
  const lines = last.split('\n');
  t.is(lines[0], '  1/5 teacher: starting, 0:00');
  t.is(lines[1], '  2/5 student with a long name: epoch 2/2  loss 1.234  top-');
  t.true(drawn.includes('\u001b[2A'), 'goes up by the two lines it drew');
  one.end();
  two.end();
  t.regex(text(), /1\/5 teacher: done in 0:00\n/);
});

test('for tests only lines that stay are said', (t) => {
  const said: string[] = [];
  const { say, begin } = quiet((line) => said.push(line));
  const { event, end } = begin('teacher', 1);
  event(START);
  end();
  say('done');
  t.deepEqual(said, ['done']);
});
