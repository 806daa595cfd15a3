import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { RunEvent } from '@kdx/core';
import test from 'ava';
import type { PlannedRun } from '../bench/plan.js';
import type { BenchEvent } from '../bench/run-bench.js';
import { benchJsonReporter, benchReporter } from './bench-reporter.js';

const planned = (arm: string, seed: number): PlannedRun =>
  ({
    arm,
    seed,
    config: { epochs: 3 },
    directory: `b/runs/${arm}/seed-${seed}`,
    classes: 8,
  }) as unknown as PlannedRun;
const plan = [planned('plain', 0), planned('KD, hot', 0), planned('plain', 7), planned('KD, hot', 7)];
const [plain, hot, second] = plan;

const start: RunEvent = { type: 'run-start', run: 'r', resumedAt: 0, steps: 30 };
const step = (at: number, loss = 1.25): RunEvent => ({
  type: 'step',
  step: at,
  epoch: Math.floor((at - 1) / 10),
  loss,
  terms: {},
  learningRate: 0.1,
  imagesPerSecond: 512,
});
const validation = (top1: number): RunEvent =>
  ({
    type: 'evaluation',
    step: 10,
    epoch: 0,
    split: 'validation',
    weights: 'last',
    heads: { fused: { top1, top5: 90, loss: 1, ece: 0, images: 10 } },
  }) as RunEvent;

/** What is written, line by line, and a clock that the test moves. */
function watch(make: typeof benchReporter, jobs: number, tty = false) {
  const stream = new PassThrough();
  if (tty) Object.assign(stream, { isTTY: true, columns: 200, rows: 50 });
  let seconds = 0;
  const reporter = make({
    plan,
    jobs,
    stream: stream as unknown as NodeJS.WriteStream,
    now: () => seconds * 1000,
  });
  return {
    at: (time: number, ...events: BenchEvent[]) => {
      seconds = time;
      for (const event of events) reporter.tell(event);
    },
    close: () => reporter.close(),
    lines: () =>
      stripVTControlCharacters(String(stream.read() ?? ''))
        .split('\n')
        .filter(Boolean),
  };
}
const of = (run: PlannedRun, event: RunEvent): BenchEvent => ({ type: 'run', run, event });

test('without a terminal: a line as a run begins and ends, and one every half minute of what is running', (t) => {
  const { at, lines, close } = watch(benchReporter, 1);
  at(0, { type: 'run-begin', run: plain }, of(plain, start));
  t.deepEqual(lines(), ['plain, seed 0 (1 of 2) begins']);
  for (let k = 1; k <= 14; k += 1) at(2 * k, of(plain, step(k)));
  t.deepEqual(lines(), [], 'nothing before half a minute');
  at(28, of(plain, validation(41.5)));
  at(30, of(plain, step(15)));
  at(32, of(plain, step(16)));
  // 15 of 30 steps took 30 s: 30 s more, and three runs of 60 s.
  t.deepEqual(lines(), [
    '  plain, seed 0 (1 of 2): epoch 2/3, loss 1.25, top-1 41.50 %, 512 images/s, 0:30 left; 0 of 4 runs done, about 3:30 left',
  ]);
  at(60, { type: 'run-done', run: plain, found: false });
  at(60, { type: 'run-begin', run: hot });
  t.deepEqual(lines(), ['1/4 plain, seed 0', 'KD, hot, seed 0 (1 of 2) begins']);
  at(95, of(hot, { type: 'log', step: 0, source: 'x', message: 'm' }));
  t.deepEqual(lines(), ['  KD, hot, seed 0 (1 of 2): starting, 0:35; 1 of 4 runs done, about 3:00 left']);
  close();
});

test('two runs at once are told in one line, and halve the time that is left', (t) => {
  const { at, lines, close } = watch(benchReporter, 2);
  at(0, { type: 'run-begin', run: plain }, { type: 'run-begin', run: second });
  at(0, of(plain, start), of(second, start));
  at(10, of(plain, step(10)), of(second, step(5)));
  lines();
  at(30, of(plain, step(15)));
  const [line, ...more] = lines();
  t.deepEqual(more, []);
  t.regex(
    line,
    /^ {2}plain, seed 0 \(1 of 2\): epoch 2\/3, .*0:30 left; plain, seed 7 \(2 of 2\): epoch 1\/3, /,
  );
  // 30 s and 150 s of the two that run, and two of (60 + 180)/2 s that wait, by two jobs.
  t.regex(line, /; 0 of 4 runs done, about 3:30 left$/);
  close();
});

test('on a terminal the same is rewritten in place, a line for each job and one for all', (t) => {
  const { at, lines, close } = watch(benchReporter, 1, true);
  at(0, { type: 'run-begin', run: plain }, of(plain, start));
  at(15, of(plain, step(15)));
  const shown = lines();
  t.true(
    shown.some((line) =>
      /^plain, seed 0 \(1 of 2\) {2}epoch 2\/3 {2}━+ {2}loss 1\.25 {2}512 images\/s {2}0:15 left$/.test(line),
    ),
    shown.join('|'),
  );
  t.true(shown.includes('0 of 4 runs done, about 1:45 left'), shown.join('|'));
  close();
});

test('a run that was finished before does not count for the time left, and takes its place in the count', (t) => {
  const { at, lines, close } = watch(benchReporter, 1);
  at(0, { type: 'run-done', run: plain, found: true }, { type: 'run-begin', run: hot });
  t.deepEqual(lines(), ['1/4 plain, seed 0  was done before', 'KD, hot, seed 0 (1 of 2) begins']);
  at(31, of(hot, { type: 'log', step: 0, source: 'x', message: 'm' }));
  t.deepEqual(lines(), ['  KD, hot, seed 0 (1 of 2): starting, 0:31; 1 of 4 runs done']);
  close();
});

test('for programs the standing is an event, at beginnings and ends and every half minute', (t) => {
  const { at, lines, close } = watch(benchJsonReporter, 1);
  at(0, { type: 'run-begin', run: plain }, of(plain, start));
  at(15, of(plain, step(15)));
  at(31, of(plain, step(16)));
  const events = lines().map((line) => JSON.parse(line) as { type: string });
  t.deepEqual(
    events.map(({ type }) => type),
    ['run-begin', 'progress', 'run', 'run', 'run', 'progress'],
  );
  t.like(events[5], {
    done: 0,
    runs: 4,
    running: [
      {
        arm: 'plain',
        seed: 0,
        seedNumber: 1,
        seeds: 2,
        phase: 'training',
        epoch: 2,
        epochs: 3,
        loss: 1.25,
        imagesPerSecond: 512,
      },
    ],
  });
  close();
});
