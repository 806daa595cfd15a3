import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunEvent } from '@kdx/core';
import ava from 'ava';
import { parse } from 'csv-parse/sync';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, kdx, kdxOk } from '../support/cli.js';
import { differentFiles, readEvents } from '../support/run-folder.js';
import { DATA, STUDENT, set, TEACHER } from '../support/tiny-run.js';

// CSV and TensorBoard files of a run that is killed and resumed, against one that was not and against its events.

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-observers-'));
ava.after.always(() => rmSync(root, { recursive: true, force: true }));

const args = (plugins: string): string[] => [
  'run',
  ...[
    '--student',
    STUDENT,
    '--teacher',
    TEACHER,
    '--data',
    `${DATA}&augment=flip`,
    '--epochs',
    '2',
    '--batch',
    '26',
  ],
  ...['--plugins', `deit,${fixture('stop-at.mjs')}${plugins}`, ...BACKEND_FLAGS],
  ...set({ saveEvery: 3, logEvery: 1 }),
];
type Row = Record<string, string>;
const rows = (run: string, file: string): Row[] => parse(readFileSync(join(run, file)), { columns: true });
/** Without what depends on the clock. */
const timeless = (all: readonly Row[]): Row[] =>
  all.map((row) => ({ ...row, time: '', seconds: '', images_per_second: '' }));
const of = <T extends RunEvent['type']>(run: string, type: T): Extract<RunEvent, { type: T }>[] =>
  readEvents(run).filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
const eventFiles = (run: string): string[] => readdirSync(run).filter((name) => name.includes('tfevents'));

ava.before('three runs', async () => {
  const observers = ',csv,tensorboard';
  await kdxOk([...args(''), '--out', join(root, 'alone')]);
  await kdxOk([...args(observers), '--out', join(root, 'whole')]);
  const killed = join(root, 'killed');
  for (const stop of ['SIGKILL step 2', 'SIGKILL step 5']) {
    const begun = readdirSync(root).includes('killed');
    const command = begun ? ['run', '--resume', killed] : [...args(observers), '--out', killed];
    const { signal } = await kdx(command, { env: { KDX_TEST_STOP: stop } });
    if (signal !== 'SIGKILL') throw new Error(`not killed by ${stop}`);
  }
  await kdxOk(['run', '--resume', killed]);
});

test('a run that is observed ends in the same bytes', (t) => {
  t.deepEqual(
    differentFiles(join(root, 'alone'), join(root, 'whole')).filter(
      (file) => !file.startsWith('checkpoints'),
    ),
    [],
  );
});

test('CSV files say what the events say', (t) => {
  const run = join(root, 'whole');
  const steps = of(run, 'step');
  t.deepEqual(
    rows(run, 'steps.csv').map((row) =>
      [row.step, row.loss, row.learning_rate, row['term:deit/kd'], row['weight:deit/kd']].map(Number),
    ),
    steps.map(({ step, loss, learningRate, terms, weights }) => [
      step,
      loss,
      learningRate,
      terms['deit/kd'],
      weights?.['deit/kd'] ?? Number.NaN,
    ]),
  );
  t.true(steps.length === 8 && steps.every(({ weights }) => weights?.['deit/kd'] === 0.5));
  t.deepEqual(
    rows(run, 'epochs.csv').map(({ loss }) => Number(loss)),
    of(run, 'epoch').map(({ loss }) => loss),
  );
  const fused = rows(run, 'scores.csv').filter(({ head, model }) => head === 'fused' && model === 'student');
  t.deepEqual(
    fused.map(({ split, weights, top1 }) => [split, weights, Number(top1)]),
    of(run, 'evaluation').map(({ split, weights, heads }) => [split, weights, heads.fused.top1]),
  );
  t.true(rows(run, 'scores.csv').some(({ model }) => model.startsWith('convnet')));
});

test('a run that was killed twice and resumed has the same rows, each once', (t) => {
  for (const file of ['steps.csv', 'epochs.csv', 'scores.csv']) {
    t.deepEqual(timeless(rows(join(root, 'killed'), file)), timeless(rows(join(root, 'whole'), file)), file);
  }
});

test('each run has one event file', (t) => {
  for (const run of ['whole', 'killed']) t.is(eventFiles(join(root, run)).length, 1, run);
});

// The package "tensorboard" of Python, which is who event files are for.
const python = process.env.KDX_TEST_PYTHON ?? 'python3';
const execute = promisify(execFile);
const hasTensorboard = spawnSync(python, ['-c', 'import tensorboard']).status === 0;
const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0, "scalars": 0}); a.Reload()
print(json.dumps({tag: [[e.step, e.value] for e in a.Scalars(tag)] for tag in a.Tags()["scalars"]}))
`;
const title = 'TensorBoard reads every logged step once, after a resume too';
if (!hasTensorboard)
  ava.skip(`${title} (skipped: no Python here has tensorboard; pip install tensorboard)`, (t) => t.fail());
else {
  test(title, async (t) => {
    for (const name of ['whole', 'killed']) {
      const run = join(root, name);
      const { stdout } = await execute(python, ['-c', READ, run]);
      const scalars = JSON.parse(stdout) as Record<string, [number, number][]>;
      const steps = of(run, 'step');
      t.deepEqual(
        scalars['train/loss'],
        steps.map(({ step, loss }) => [step, Math.fround(loss)]),
      );
      t.deepEqual(
        scalars['terms/deit/kd'],
        steps.map(({ step, terms }) => [step, Math.fround(terms['deit/kd'])]),
      );
      t.deepEqual(
        scalars['weights/deit/kd'],
        steps.map(({ step }) => [step, 0.5]),
      );
      t.deepEqual(
        scalars['validation/top1'],
        of(run, 'evaluation')
          .filter(({ split, weights }) => split === 'validation' && weights === 'last')
          .map(({ step, heads }) => [step, Math.fround(heads.fused.top1)]),
      );
    }
  });
}
