import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import { differentFiles, readEvents, readJson } from '../support/run-folder.js';

// How commands end when a person, a terminal, a reader or a parent process goes away.

const KDX = fileURLToPath(new URL('../../../packages/cli/bin/kdx.js', import.meta.url));
const TINY = [
  '--student',
  'convnet?width=2&stages=1',
  '--batch',
  '16',
  '--backend',
  'wasm',
  '--threads',
  '1',
];
const SHORT = [...TINY, '--data', 'shapes?classes=3&train=64&validation=16&test=16', '--epochs', '2'];
const LONG = [...TINY, '--data', 'shapes?classes=3&train=320&validation=16&test=16', '--epochs', '900'];

const { NODE_OPTIONS, FORCE_COLOR, NODE_V8_COVERAGE, ...inherited } = process.env;

function start(
  t: ExecutionContext,
  args: readonly string[],
  stdio: import('node:child_process').StdioOptions = 'ignore',
): ChildProcess {
  const child = spawn(process.execPath, [KDX, ...args], { stdio, env: { ...inherited, NO_COLOR: '1' } });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

const ended = (child: ChildProcess): Promise<number | string | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? child.signalCode);
    else child.on('exit', (code, signal) => resolve(code ?? signal));
  });

async function until(t: ExecutionContext, holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 90_000; performance.now() < end; await sleep(20)) if (holds()) return;
  t.fail(`${what} did not come`);
}

const posix = process.platform === 'win32' ? test.skip : test;

posix('a terminal that closes saves the run, and it resumes to the same bytes', async (t) => {
  const folder = temporaryFolder(t);
  const [whole, hung] = [join(folder, 'whole'), join(folder, 'hung')];
  const args = ['run', ...LONG, '--set', 'saveEvery=0', '--set', 'logEvery=1', '--epochs', '40'];
  await kdxOk([...args, '--out', whole]);
  const child = start(t, [...args, '--out', hung]);
  await until(t, () => existsSync(join(hung, 'checkpoints/last.safetensors')), 'a checkpoint');
  // Shells and the system send several; they are one hang-up.
  child.kill('SIGHUP');
  child.kill('SIGHUP');
  t.is(await ended(child), 130);
  const events = readEvents(hung);
  const last = events.findLast((event) => event.type === 'step');
  t.deepEqual(
    events.slice(-2).map((event) => [event.type, 'step' in event && event.step]),
    [
      ['checkpoint', last?.step],
      ['error', last?.step],
    ],
    'the step it stopped at is saved',
  );
  t.false(existsSync(join(hung, 'run.lock')));
  await kdxOk(['run', '--resume', hung]);
  t.deepEqual(differentFiles(hung, whole), []);
});

posix('a second signal ends a run that cannot end by itself', async (t) => {
  const folder = temporaryFolder(t);
  const hangs = join(folder, 'hangs.mjs');
  writeFileSync(
    hangs,
    `const { definePlugin } = await import(${JSON.stringify(import.meta.resolve('@kdx/core'))});
const { z } = await import(${JSON.stringify(import.meta.resolve('zod'))});
export default definePlugin({ name: 'hangs', version: '1.0.0', kdx: '^1.0.0', summary: 'x', options: z.strictObject({}),
  setup(ctx) { ctx.hook('stepEnd', () => new Promise(() => {})); } });`,
  );
  const out = join(folder, 'run');
  const child = start(t, ['run', ...LONG, '--plugins', hangs, '--out', out], ['ignore', 'pipe', 'ignore']);
  let said = '';
  child.stdout?.on('data', (text) => {
    said += text;
  });
  await until(t, () => existsSync(join(out, 'events.jsonl')), 'the run');
  await sleep(500);
  child.kill('SIGTERM');
  await until(t, () => /saving after this step/.test(said), 'a word on the first signal');
  child.kill('SIGTERM');
  t.is(await ended(child), 130);
  t.false(existsSync(join(out, 'run.lock')));
});

posix(
  'a disk that is too full for what is printed loses no training, and the exit code says so',
  async (t) => {
    if (!existsSync('/dev/full')) return void t.pass('only Linux has /dev/full');
    const folder = temporaryFolder(t);
    const full = openSync('/dev/full', 'w');
    for (const [name, args] of [
      ['run', ['run', ...SHORT]],
      ['json', ['run', ...SHORT, '--json']],
    ] as const) {
      const out = join(folder, name);
      const child = start(t, [...args, '--out', out], ['ignore', full, 'pipe']);
      let complaint = '';
      child.stderr?.on('data', (text) => {
        complaint += text;
      });
      t.is(await ended(child), 3, name);
      t.regex(complaint, /^KDX_OUTPUT_LOST What kdx printed could not be written \(ENOSPC.*\.\n$/, name);
      t.true(existsSync(join(out, 'summary.json')), name);
      t.is(readEvents(out).at(-1)?.type, 'run-end', name);
    }
    // Where nothing can be printed, only the exit code shows it.
    t.is(await ended(start(t, ['models'], ['ignore', full, full])), 3);
  },
);

posix('a reader that goes away, as head does, ends no run', async (t) => {
  const folder = temporaryFolder(t);
  for (const [name, more] of [
    ['text', []],
    ['json', ['--json']],
  ] as const) {
    const out = join(folder, name);
    const child = start(t, ['run', ...SHORT, ...more, '--out', out], ['ignore', 'pipe', 'pipe']);
    let complaint = '';
    child.stderr?.on('data', (text) => {
      complaint += text;
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    t.is(await ended(child), 0, name);
    t.is(complaint, '', name);
    t.true(existsSync(join(out, 'summary.json')), name);
  }
});

posix(
  'a comparison killed while a run of it starts leaves no orphan, and the same command resumes',
  async (t) => {
    const out = join(temporaryFolder(t), 'bench');
    const args = ['bench', ...SHORT, '--arm', 'plain', '--seeds', '0', '--out', out];
    const bench = start(t, args);
    const begun = join(out, 'arms', 'plain.json');
    await until(t, () => existsSync(begun), 'a run that starts');
    bench.kill('SIGKILL');
    await ended(bench);
    // At once: its run may still hold its folder.
    const { stdout } = await kdxOk([...args, '--json']);
    t.true(readJson<{ complete: boolean }>(out, 'bench.json').complete);
    t.regex(stdout, /"type":"result"/);
    t.deepEqual(
      readFileSync(join(out, 'runs/plain/seed-0/events.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"run-end"')).length,
      1,
      'one process alone trained it',
    );
  },
);

posix('runs that start together without a folder get one each', async (t) => {
  const cwd = temporaryFolder(t);
  const runs = await Promise.all(['0', '1'].map((seed) => kdx(['run', ...SHORT, '--seed', seed], { cwd })));
  t.deepEqual(
    runs.map(({ code }) => code),
    [0, 0],
    runs.map(({ stderr }) => stderr).join(),
  );
});
