import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensorsHeader } from '@kdx/tensor';
import ava, { type TestFn } from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { type CliOptions, fixture, kdx, kdxOk } from '../support/cli.js';
import type { CliResult } from '../support/collect.js';
import {
  differentFiles,
  eventFaults,
  leftovers,
  readEvents,
  readSummary,
  scoresOf,
} from '../support/run-folder.js';
import { everything, TEACHER } from '../support/tiny-run.js';

// An interrupted run resumed equals the uninterrupted run bit for bit: one run with everything that could be forgotten
// is killed at each kind of point and resumed, and its files are compared byte for byte.

interface Runs {
  readonly root: string;
  readonly teacher: string;
  /** The uninterrupted run. */
  readonly whole: string;
}

const test = backendTest(ava as TestFn<Runs>);
let runs: Runs;

ava.before('the uninterrupted run', async () => {
  const root = await mkdtemp(join(tmpdir(), 'kdx-resume-'));
  const [trained, whole] = [join(root, 'teacher'), join(root, 'whole')];
  const data = 'shapes?train=96&validation=0&test=24';
  await kdxOk([
    'run',
    '--student',
    TEACHER,
    '--data',
    data,
    '--epochs',
    '1',
    '--batch',
    '32',
    '--seed',
    '7',
    ...BACKEND_FLAGS,
    '--out',
    trained,
  ]);
  const teacher = `${TEACHER}@${join(trained, 'student.safetensors')}`;
  await kdxOk(['run', ...everything(teacher), '--out', whole, '--json']);
  runs = { root, teacher, whole };
});

ava.after.always('remove the runs', () => {
  if (runs) rmSync(runs.root, { recursive: true });
});

const begin = (name: string, options: CliOptions): Promise<CliResult> =>
  kdx(['run', ...everything(runs.teacher), '--out', join(runs.root, name), '--json'], options);

const stopAt = (point: string, signal = 'SIGKILL'): CliOptions => ({
  env: { KDX_TEST_STOP: `${signal} ${point}` },
});

/** Resumes and compares with the uninterrupted run. */
async function goesOnAsIfNothingHappened(
  t: import('ava').ExecutionContext<Runs>,
  name: string,
): Promise<void> {
  const directory = join(runs.root, name);
  const { stdout } = await kdxOk(['run', '--resume', directory, '--json']);
  t.deepEqual(differentFiles(directory, runs.whole), []);
  t.deepEqual(scoresOf(directory), scoresOf(runs.whole));
  t.deepEqual(leftovers(directory), [], 'half-written files are cleaned up');
  const events = readEvents(directory);
  t.deepEqual(eventFaults(events), []);
  const steps = events.flatMap((event) => (event.type === 'step' ? [event.step] : []));
  t.deepEqual(
    steps,
    Array.from({ length: 12 }, (_, index) => index + 1),
    'each step is logged once',
  );
  t.true(stdout.includes('"type":"run-end"'));
}

test('the uninterrupted run has what an interruption could lose', async (t) => {
  const { whole } = runs;
  const { headRule, validation, test: scores } = readSummary(whole);
  t.is(headRule, 'mean');
  t.truthy(validation?.best);
  t.truthy(scores?.ema);
  const { tensors } = await readSafetensorsHeader(join(whole, 'checkpoints/last.safetensors'));
  const names = [...tensors.keys()];
  for (const part of ['student/', 'module/hint/aligner/', 'optimizer/', 'ema/']) {
    t.true(
      names.some((name) => name.startsWith(part)),
      part,
    );
  }
  t.deepEqual(eventFaults(readEvents(whole)), []);
  t.deepEqual(leftovers(whole), []);
});

const points: readonly [what: string, name: string, point: string, resumesAt: number][] = [
  ['before the first checkpoint', 'first', 'step 1', 0],
  ['in the middle of an epoch', 'middle', 'step 7', 6],
  ['while it evaluates', 'evaluating', 'epoch 4', 2],
  ['between the best and the last checkpoint of an epoch', 'between', 'checkpoint 4 best', 2],
  ['right after the end of an epoch', 'epoch-end', 'checkpoint 4 last', 4],
  ['after the helper module left the optimiser', 'dropped', 'step 11', 10],
  ['inside the save hook of a plugin', 'saving', 'save 6', 4],
  ['after the last step, while it is tested', 'testing', 'evaluation 12 test', 12],
];

for (const [what, name, point, resumesAt] of points) {
  test(`killed ${what}, a run resumes to the same bytes`, async (t) => {
    const { signal } = await begin(name, stopAt(point));
    t.is(signal, 'SIGKILL');
    await goesOnAsIfNothingHappened(t, name);
    const starts = readEvents(join(runs.root, name)).flatMap((event) =>
      event.type === 'run-start' ? [event.resumedAt] : [],
    );
    t.is(starts.at(-1), resumesAt);
  });
}

const preload = fixture('kill-while-writing.mjs');
for (const [what, where, leaves] of [
  ['half a checkpoint is written', 'half', 1],
  ['a checkpoint is written and not yet renamed', 'rename', 1],
] as const) {
  test(`killed when ${what}, a run resumes from the one before`, async (t) => {
    const name = `writing-${where}`;
    const { signal } = await begin(name, { preload, env: { KDX_TEST_WRITE: `${where} 3` } });
    t.is(signal, 'SIGKILL');
    t.is(leftovers(join(runs.root, name)).length, leaves);
    await goesOnAsIfNothingHappened(t, name);
  });
}

test('killed twice, a run resumes to the same bytes', async (t) => {
  t.is((await begin('twice', stopAt('step 3'))).signal, 'SIGKILL');
  const again = await kdx(['run', '--resume', join(runs.root, 'twice'), '--json'], stopAt('step 9'));
  t.is(again.signal, 'SIGKILL');
  await goesOnAsIfNothingHappened(t, 'twice');
});

test('Ctrl-C saves, says how to go on, ends with 130, and resumes to the same bytes', async (t) => {
  const { code, stderr } = await begin('interrupted', stopAt('step 5', 'SIGINT'));
  const directory = join(runs.root, 'interrupted');
  t.is(code, 130);
  // Node hands a signal over when it next has time, which may be a step or two later.
  t.regex(
    stderr,
    /^KDX_INTERRUPTED Interrupted after step ([5-9]|1[01]): saved; go on with "kdx run --resume .*"\.\n$/,
  );
  t.true(stderr.includes(`--resume ${directory}"`));
  t.deepEqual(readdirSync(join(directory, 'checkpoints')).sort(), ['best.safetensors', 'last.safetensors']);
  await goesOnAsIfNothingHappened(t, 'interrupted');
});

test('a finished run that is resumed again stays as it is', async (t) => {
  await begin('finished', {});
  const before = readFileSync(join(runs.root, 'finished', 'student.safetensors'));
  await goesOnAsIfNothingHappened(t, 'finished');
  t.deepEqual(readFileSync(join(runs.root, 'finished', 'student.safetensors')), before);
});
