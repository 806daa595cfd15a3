import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { fixture, jsonLines, kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import { readEvents } from '../support/run-folder.js';
import { set } from '../support/tiny-run.js';

// A run ends in one error of kdx that names the plugin, logged, with its lock released, its work saved and an exit code that
// is not 0, whatever a plugin does to the process.

const RUN = [
  ...['--student', 'convnet?width=2&stages=1', '--data', 'shapes?classes=3&train=64&validation=0&test=8'],
  ...['--epochs', '1', '--batch', '8', '--backend', 'wasm', '--threads', '1'],
  ...set({ saveEvery: 2 }),
];
const plugin = (options: object): string[] => [
  '--plugins',
  `${fixture('misbehaves.mjs')}:${JSON.stringify(options)}`,
];

/** What is told of each act, and whether the run could be saved at the end of a step. */
const ACTS: Readonly<Record<string, { readonly says: RegExp; readonly code?: string }>> = {
  timer: { says: /failed outside of its hooks.*: in a timer \(.*misbehaves\.mjs:\d+:\d+\)/, code: 'STRAY' },
  'deaf rejection': { says: /failed outside of its hooks.*: nobody waits/, code: 'STRAY' },
  null: { says: /failed outside of its hooks.*: null/, code: 'STRAY' },
  hostile: { says: /failed outside of its hooks.*: a value that cannot be read/, code: 'STRAY' },
  emitter: { says: /failed outside of its hooks.*: in an emitter/, code: 'STRAY' },
  'late exit': { says: /called process\.exit\(0\), which would end the run/, code: 'EXIT' },
  'caught exit': { says: /called process\.exit\(0\), which would end the run/, code: 'EXIT' },
  'own handler': { says: /failed outside of its hooks.*: in a timer/, code: 'STRAY' },
  'real exit': { says: /Hook "stepEnd" of plugin "misbehaves" failed: .*process\.reallyExit\(0\)/ },
  folder: { says: /Hook "stepEnd" of plugin "misbehaves" failed: .*process\.chdir\("\/"\)/ },
};

for (const [act, { says, code }] of Object.entries(ACTS)) {
  test(`a run with a plugin of which this is known: ${act}`, async (t) => {
    const cwd = temporaryFolder(t);
    const result = await kdx(['run', ...RUN, ...plugin({ act }), '--out', 'r'], { cwd });
    t.is(result.code, 3, result.stderr);
    const [line, ...rest] = result.stderr.trim().split('\n');
    t.deepEqual(rest, [], 'one error');
    t.regex(line, /^KDX_\w+ .*[Pp]lugin "misbehaves"/);
    t.regex(line, says);
    const last = readEvents(join(cwd, 'r')).at(-1);
    t.is(last?.type, 'error');
    t.true(line.startsWith(`${last?.type === 'error' ? last.code : ''} `));
    if (code !== undefined) t.true(line.startsWith(`KDX_PLUGIN_${code} `), line);
    t.true(existsSync(join(cwd, 'r/checkpoints/last.safetensors')), 'what was done is saved');
    t.false(existsSync(join(cwd, 'r/summary.json')));
    t.false(existsSync(join(cwd, 'r/run.lock')));
  });
}

test('what goes wrong while a plugin is set up leaves no folder behind', async (t) => {
  const cwd = temporaryFolder(t);
  const options = plugin({ act: 'rejection', in: 'setup' });
  const run = await kdx(['run', ...RUN, ...options, '--out', 'r'], { cwd });
  t.is(run.code, 3);
  t.regex(run.stderr, /^KDX_PLUGIN_STRAY Plugin "misbehaves" failed outside of its hooks.*nobody waits/);
  t.false(existsSync(join(cwd, 'r')));
  const explain = await kdx(['explain', ...RUN, ...options], { cwd });
  t.is(explain.code, 3);
  t.regex(explain.stderr, /^KDX_PLUGIN_STRAY/);
});

test('a promise that is lost at the end of a command is not lost with it', async (t) => {
  const cwd = temporaryFolder(t);
  const { code, stderr } = await kdx(
    ['explain', ...RUN, ...plugin({ act: 'rejection', in: 'end of setup' })],
    { cwd },
  );
  t.is(code, 3);
  t.regex(stderr, /^KDX_PLUGIN_STRAY Plugin "misbehaves".*nobody waits/);
});

test('stdout is JSON alone and the log sound, whatever a plugin prints, patches or takes away', async (t) => {
  const cwd = temporaryFolder(t);
  const { stdout, stderr } = await kdxOk(
    ['run', ...RUN, ...plugin({ act: 'talk' }), '--out', 'r', '--json'],
    {
      cwd,
    },
  );
  const events = jsonLines(stdout);
  t.is(events.at(-1)?.type, 'summary');
  t.regex(stderr, /in setup/);
  t.regex(stderr, /\{"type":"step"\}/);
  for (const { time } of readEvents(join(cwd, 'r')) as unknown as { time: string }[]) {
    t.regex(time, /^\d{4}-\d\d-\d\dT/);
  }
});

test('a comparison goes on past what plugins print and past a run that they end', async (t) => {
  const cwd = temporaryFolder(t);
  const arm = (name: string, options: object): string[] => [
    '--arm',
    `${name}=${fixture('misbehaves.mjs')}:${JSON.stringify(options)}`,
  ];
  const result = await kdx(
    [
      ...['bench', ...RUN, '--seeds', '0', '--out', 'b'],
      ...arm('talks', { act: 'talk' }),
      ...arm('ends', { act: 'late exit' }),
    ],
    { cwd },
  );
  t.is(result.code, 3, result.stderr);
  t.regex(
    result.stderr,
    /KDX_BENCH_FAILED 1 of 2 runs failed, .*KDX_PLUGIN_EXIT Plugin "misbehaves" called process\.exit/,
  );
  t.true(existsSync(join(cwd, 'b/runs/talks/seed-0/summary.json')));
});
