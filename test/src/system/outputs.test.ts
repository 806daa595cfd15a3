import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type RunEvent, type Scores } from '@kdx/core';
import { readSafetensorsHeader } from '@kdx/tensor';
import ava from 'ava';
import { BACKEND, BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, jsonLines, kdx, kdxOk } from '../support/cli.js';
import { hashFile } from '../support/hash-file.js';
import { eventFaults, readEvents, readJson, readSummary } from '../support/run-folder.js';
import { DATA, everything, STUDENT, TEACHER } from '../support/tiny-run.js';

// One run of everything, and what it leaves: records, events, weights that stand on their own.

interface Left {
  readonly root: string;
  readonly out: string;
  readonly teacher: string;
  readonly teacherHash: string;
  readonly stdout: string;
}

const test = backendTest(ava);
let left: Left;

ava.before('one run', async () => {
  const root = mkdtempSync(join(tmpdir(), 'kdx-outputs-'));
  const out = join(root, 'run');
  const trained = join(root, 'trained');
  await kdxOk([
    'run',
    '--student',
    TEACHER,
    '--data',
    DATA,
    '--epochs',
    '1',
    '--batch',
    '64',
    ...BACKEND_FLAGS,
    '--out',
    trained,
  ]);
  const teacher = join(trained, 'student.safetensors');
  const teacherHash = hashFile(teacher);
  const { stdout } = await kdxOk(['run', ...everything(`${TEACHER}@${teacher}`), '--out', out, '--json']);
  left = { root, out, teacher, teacherHash, stdout };
});
ava.after.always(() => left && rmSync(left.root, { recursive: true }));

test('config.json holds the resolved config, hashes, environment and back end', (t) => {
  const { config, pinned, environment, resumableByName } = readJson<{
    config: Record<string, unknown>;
    pinned: { backend: Record<string, unknown>; data: string; teachers: string[]; plugins: string[] };
    environment: Record<string, string>;
    resumableByName: boolean;
  }>(left.out, 'config.json');
  t.like(config, { epochs: 3, accumulate: 2, mixup: 0.8, ema: 0.9, backend: BACKEND, evaluateEvery: 1 });
  t.deepEqual(config.plugins, [
    ['deit', {}],
    [fixture('hint.mjs'), {}],
    [fixture('stop-at.mjs'), {}],
  ]);
  t.regex(pinned.data, / [0-9a-f]{64}$/);
  t.true(pinned.teachers[0].endsWith(`sha256:${left.teacherHash}`));
  t.true(
    pinned.plugins.some(
      (entry) => entry.startsWith('hint@1.2.0') && entry.endsWith(`sha256:${hashFile(fixture('hint.mjs'))}`),
    ),
  );
  t.like(pinned.backend, { name: BACKEND, device: 'cpu', precision: 'float32', threads: 1 });
  t.regex(String(pinned.backend.build), BACKEND === 'torch' ? /^libtorch \d+\.\d+/ : /4\.22\.0/);
  t.is(environment.node, process.version);
  t.true(resumableByName);
});

test('the teacher was scored first and its file was not touched', (t) => {
  const types = readEvents(left.out).map(({ type }) => type);
  t.true(types.indexOf('teacher') > 0 && types.indexOf('teacher') < types.indexOf('step'));
  t.is(hashFile(left.teacher), left.teacherHash);
});

test('every line of --json is JSON and repeats events.jsonl, and the summary is the last', (t) => {
  const lines = jsonLines<RunEvent | ({ type: 'summary' } & Record<string, unknown>)>(left.stdout);
  const logged = readEvents(left.out);
  t.deepEqual(
    lines.slice(0, -1).map(({ type }) => type),
    logged.map(({ type }) => type),
  );
  const { type, ...summary } = lines.at(-1) as { type: string };
  t.is(type, 'summary');
  t.deepEqual(summary as unknown, readSummary(left.out) as unknown);
  t.deepEqual(eventFaults(logged), []);
});

test('the summary has the test scores of the last, the best and the averaged weights', (t) => {
  const { test: scores, validation, headRule, files } = readSummary(left.out);
  t.is(headRule, 'mean');
  t.truthy(validation);
  for (const heads of [scores?.last, scores?.best, scores?.ema]) {
    t.deepEqual(Object.keys(heads ?? {}).sort(), ['class', 'distillation', 'fused']);
  }
  t.deepEqual(Object.keys(files).sort(), ['student', 'student.best', 'student.ema']);
  const best = readEvents(left.out).flatMap((event) =>
    event.type === 'evaluation' && event.split === 'validation' && event.weights === 'last'
      ? [event.heads.fused.top1]
      : [],
  );
  t.is(validation?.best.fused.top1, Math.max(...best));
  t.is(validation?.bestEpoch, best.indexOf(Math.max(...best)));
  t.deepEqual(Object.keys(validation?.ema ?? {}).sort(), ['class', 'distillation', 'fused']);
});

test('the student stands on its own: no helper module, and kdx eval scores it as the run did', async (t) => {
  const { test: scores } = readSummary(left.out);
  const name = 'deit_tiny_distilled_patch16_224?img=32&patch=8&dim=32&depth=2&heads=2';
  for (const [file, expected] of [
    ['student.safetensors', scores?.last],
    ['student.best.safetensors', scores?.best],
    ['student.ema.safetensors', scores?.ema],
  ] as const) {
    const weights = join(left.out, file);
    const { tensors } = await readSafetensorsHeader(weights);
    t.deepEqual(
      [...tensors.keys()].filter((key) => /aligner|module|optimizer|ema/.test(key)),
      [],
    );
    const { stdout } = await kdxOk([
      'eval',
      '--model',
      name,
      '--weights',
      weights,
      '--data',
      DATA,
      ...BACKEND_FLAGS,
      '--json',
    ]);
    const { heads, headRule } = JSON.parse(stdout) as { heads: Record<string, Scores>; headRule: string };
    t.is(headRule, 'mean');
    t.deepEqual(heads, expected as unknown as Record<string, Scores>, file);
  }
});

test('the order of --plugins changes nothing', async (t) => {
  const other = join(left.root, 'reordered');
  const args = everything(`${TEACHER}@${left.teacher}`);
  const at = args.indexOf('--plugins') + 1;
  args[at] = args[at].split(',').reverse().join(',');
  await kdxOk(['run', ...args, '--out', other]);
  for (const file of ['student.safetensors', 'student.best.safetensors', 'student.ema.safetensors']) {
    t.true(readFileSync(join(other, file)).equals(readFileSync(join(left.out, file))), file);
  }
});

test('a run without a terminal prints one line per epoch, also where it does not validate', async (t) => {
  const { stdout } = await kdxOk([
    'run',
    '--student',
    STUDENT,
    '--data',
    DATA,
    '--epochs',
    '3',
    '--batch',
    '52',
    '--set',
    'evaluateEvery=2',
    '--set',
    'logEvery=1',
    ...BACKEND_FLAGS,
    '--out',
    join(left.root, 'plain'),
  ]);
  const lines = stdout.trim().split('\n');
  t.deepEqual(
    lines.filter((line) => line.startsWith('epoch')).map((line) => line.slice(0, 9)),
    ['epoch 1/3', 'epoch 2/3', 'epoch 3/3'],
  );
  t.deepEqual(
    lines.filter((line) => /validation top-1/.test(line)).map((line) => line.slice(0, 9)),
    ['epoch 2/3', 'epoch 3/3'],
  );
  t.true(lines.length <= 12, stdout);
  t.regex(lines.at(-1) as string, /^done +0:0\d, in /);
});

test('kdx run --resume alone goes on with the newest unfinished run', async (t) => {
  const [cwd, args] = [left.root, everything(`${TEACHER}@${left.teacher}`)];
  const { signal } = await kdx(['run', ...args, '--out', 'runs/b'], {
    cwd,
    env: { KDX_TEST_STOP: 'SIGKILL step 3' },
  });
  t.is(signal, 'SIGKILL');
  const resumed = await kdxOk(['run', '--resume', '--json'], { cwd });
  // A run that began again from nothing would end in the same bytes; it must go on from what was saved.
  t.regex(resumed.stdout, /"resumedAt":[1-9]/);
  t.true(
    readFileSync(join(cwd, 'runs/b/student.safetensors')).equals(
      readFileSync(join(left.out, 'student.safetensors')),
    ),
  );
  const { code, stderr } = await kdx(['run', '--resume'], { cwd });
  t.is(code, 2);
  t.regex(stderr, /^KDX_RUN_MISSING No unfinished run is in runs\/; name its folder: --resume DIR\./);
});

test('a run whose paths are relative goes on from another folder', async (t) => {
  const cwd = left.root;
  const args = everything(`${TEACHER}@${relative(cwd, left.teacher)}`);
  const { signal } = await kdx(['run', ...args, '--out', 'elsewhere/run'], {
    cwd,
    env: { KDX_TEST_STOP: 'SIGKILL step 7' },
  });
  t.is(signal, 'SIGKILL');
  const resumed = await kdxOk(['run', '--resume', 'run', '--json'], { cwd: join(cwd, 'elsewhere') });
  t.regex(resumed.stdout, /"resumedAt":[1-9]/);
  t.true(existsSync(join(cwd, 'elsewhere/run/summary.json')));
});
