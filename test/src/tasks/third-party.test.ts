import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent, TaskLabels } from '@kdx/core';
import ava from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, kdx, kdxOk } from '../support/cli.js';
import { readEvents, readSummary } from '../support/run-folder.js';
import { STUDENT } from '../support/tiny-run.js';

// A task that is neither kdx's nor one of its plugins', through the commands: its headline is better where it is lower.

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-task-'));
ava.after.always(() => rmSync(root, { recursive: true, force: true }));
const run = join(root, 'run');
const args = (plugins: string): string[] => [
  'run',
  ...['--student', STUDENT, '--data', 'shapes?train=40&validation=20&test=20'],
  ...['--epochs', '2', '--batch', '10', '--plugins', plugins, ...BACKEND_FLAGS],
];

test('it trains and is shown by its own names, and the lowest score is the best epoch', async (t) => {
  const { stdout } = await kdxOk([...args(fixture('distance.mjs')), '--out', run]);
  t.regex(stdout, /epoch 1\/2 .* validation mean distance \d+\.\d\d classes/);
  t.regex(stdout, /last weights: mean distance \d+\.\d\d classes, bias -?\d+\.\d{3}/);
  const events = readEvents(run);
  const start = events.find((event) => event.type === 'run-start') as { task?: TaskLabels };
  t.like(start.task, { name: 'distance', headline: { name: 'distance', better: 'lower' } });
  const validations = events.flatMap((event: RunEvent) =>
    event.type === 'evaluation' && event.split === 'validation' ? [event.heads.fused.distance] : [],
  );
  t.is(validations.length, 2);
  const { validation, test: tested, task } = readSummary(run);
  t.is(task?.scores.distance.label, 'mean distance');
  t.is(validation?.best.fused.distance, Math.min(...validations));
  t.is(validation?.bestEpoch, validations.indexOf(Math.min(...validations)));
  t.deepEqual(Object.keys(tested?.last.fused ?? {}), ['images', 'distance', 'bias']);
  const page = join(root, 'report.html');
  await kdxOk(['report', run, '--out', page]);
  const html = readFileSync(page, 'utf8');
  t.true(html.includes('mean distance') && html.includes('"better":"lower"'));
});

test('beside another task it is refused', async (t) => {
  const { code, stderr } = await kdx([
    ...args(`${fixture('distance.mjs')},classification`),
    '--out',
    join(root, 'two'),
  ]);
  t.is(code, 2);
  t.regex(stderr, /KDX_TASK_TWICE Plugins "classification" and "distance" both bring a task/);
});
