import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, thisHost } from '@kdx/backend-torch';
import type { BackendInfo } from '@kdx/tensor';
import test, { type ExecutionContext } from 'ava';
import { kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import type { CliResult } from '../support/collect.js';
import { differentFiles, readEvents, readJson } from '../support/run-folder.js';
import { DATA, everything, STUDENT, TEACHER } from '../support/tiny-run.js';
import { torchTest } from '../support/torch-test.js';

// What can go wrong with the torch back end on a machine, and what a run pins of it.

const onTorch = torchTest(test);
const small = ['--student', STUDENT, '--data', DATA, '--epochs', '1', '--batch', '32'];
const torch = ['--backend', 'torch'];
const run = (...args: string[]): Promise<CliResult> => kdx(['run', ...small, ...args]);

/** The environment of a machine without libtorch and without a bridge built before. */
const without = (folder: string): Record<string, string> => ({
  KDX_LIBTORCH: join(folder, 'nowhere'),
  KDX_TORCH_BUILD: folder,
});

test('without libtorch --backend torch says how to get it', async (t) => {
  const folder = temporaryFolder(t);
  const { code, stderr } = await kdx(['run', ...small, ...torch], { env: without(folder), cwd: folder });
  t.is(code, 3);
  t.regex(
    stderr,
    /^KDX_TORCH_MISSING The torch back end found no libtorch that it can use \(KDX_LIBTORCH is ".*nowhere": there is no such file or folder\); .*kdx backend build torch.*\n$/,
  );
});

test('without libtorch --backend auto trains on wasm and says why', async (t) => {
  const folder = temporaryFolder(t);
  const args = ['run', ...small, '--backend', 'auto', '--out', join(folder, 'run')];
  const { stdout } = await kdxOk(args, { env: without(folder) });
  t.regex(
    stdout,
    /^back end +wasm \(.*\), the fastest that loads here \(torch: The torch back end found no libtorch/m,
  );
  t.is(readJson<{ config: { backend: string } }>(folder, 'run', 'config.json').config.backend, 'wasm');
});

test('without libtorch kdx doctor says how to get it', async (t) => {
  const { stdout } = await kdxOk(['doctor'], { env: without(temporaryFolder(t)) });
  t.regex(stdout, /– torch +The torch back end found no libtorch .*kdx backend build torch/);
  t.regex(stdout, /--backend auto would take wasm\./);
});

onTorch('--backend auto takes torch where it loads', async (t) => {
  const { stdout } = await kdxOk(['doctor']);
  t.regex(stdout, /✓ torch .*--backend auto would take torch\./s);
});

const refused: readonly [what: string, args: string[], message: RegExp][] = [
  [
    'bf16 on wasm',
    ['--backend', 'wasm', '--precision', 'bf16'],
    /^The wasm back end has no precision bf16; .*torch/,
  ],
  [
    'a CUDA device on wasm',
    ['--backend', 'wasm', '--device', 'cuda'],
    /^The wasm back end has no device "cuda"; /,
  ],
  ['two threads on wasm', ['--backend', 'wasm', '--threads', '2'], /^The wasm back end has no 2 threads; /],
];
const refusedOnTorch: typeof refused = [
  ['a CUDA device that is not there', [...torch, '--device', 'cuda:99'], /^There is no device "cuda:99": /],
];
for (const [declare, cases] of [[test, refused] as const, [onTorch, refusedOnTorch] as const]) {
  for (const [what, args, message] of cases) {
    declare(`refused: ${what}`, async (t: ExecutionContext) => {
      const { code, stderr } = await run(...args, '--out', join(temporaryFolder(t), 'run'));
      t.true(stderr.startsWith('KDX_BACKEND_SETTING '), stderr);
      t.regex(stderr.trim().slice('KDX_BACKEND_SETTING '.length), message);
      t.is(stderr.trim().split('\n').length, 1);
      t.is(code, 2);
    });
  }
}

onTorch('a batch that needs more memory than there is ends the run with one sentence', async (t) => {
  const out = join(temporaryFolder(t), 'run');
  const args = [
    ...torch,
    '--data',
    'shapes?train=2048&validation=0&test=24',
    '--batch',
    '2048',
    '--out',
    out,
  ];
  const { code, stderr } = await kdx(['run', ...small, ...args], { env: { KDX_TORCH_MEMORY: '100e6' } });
  t.regex(stderr, /^KDX_TORCH_OUT_OF_MEMORY The torch back end ran out of memory.*smaller --batch.*\.\n$/);
  t.is(code, 3);
  const errors = readEvents(out).flatMap((event) => (event.type === 'error' ? [event.code] : []));
  t.deepEqual(errors, ['KDX_TORCH_OUT_OF_MEMORY']);
});

onTorch('what was saved before memory ran out resumes to the same bytes', async (t) => {
  const folder = temporaryFolder(t);
  const [whole, cut] = [join(folder, 'whole'), join(folder, 'cut')];
  const args = [...everything(TEACHER), ...torch];
  await kdxOk(['run', ...args, '--out', whole]);
  const { signal } = await kdx(['run', ...args, '--out', cut], { env: { KDX_TEST_STOP: 'SIGKILL step 7' } });
  t.is(signal, 'SIGKILL');
  const { code, stderr } = await kdx(['run', '--resume', cut], { env: { KDX_TORCH_MEMORY: '1e6' } });
  t.regex(stderr, /^KDX_TORCH_OUT_OF_MEMORY .*\n$/);
  t.is(code, 3);
  await kdxOk(['run', '--resume', cut]);
  t.deepEqual(differentFiles(cut, whole), []);
});

const pinnedBackend = (out: string): Partial<BackendInfo> =>
  readJson<{ pinned: { backend: BackendInfo } }>(out, 'config.json').pinned.backend;

/** The environment of a processor that has AVX2 and nothing newer, as far as libtorch lets itself be kept from the rest. */
const AVX2 = { ONEDNN_MAX_CPU_ISA: 'AVX2', ATEN_CPU_CAPABILITY: 'avx2' };

/** Whether `--precision bf16` is taken. */
async function takesBf16(env: Record<string, string> = {}): Promise<boolean> {
  const { stdout } = await kdxOk(['doctor', '--json'], { env });
  return (JSON.parse(stdout) as { torch: { bf16: { accurate: boolean } } }).torch.bf16.accurate;
}

onTorch('precision and threads are pinned, and a resume restores them or refuses', async (t) => {
  const folder = temporaryFolder(t);
  const [whole, cut, exact] = ['whole', 'cut', 'exact'].map((name) => join(folder, name));
  const args = [...everything(TEACHER), ...torch, '--threads', '2'];
  const isRight = await takesBf16();
  const precision = isRight ? 'bf16' : 'float32';
  const pinned = [...args, '--precision', precision];
  await kdxOk(['run', ...pinned, '--out', whole]);
  const { signal } = await kdx(['run', ...pinned, '--out', cut], {
    env: { KDX_TEST_STOP: 'SIGKILL step 7' },
  });
  t.is(signal, 'SIGKILL');
  t.like(pinnedBackend(cut), { precision, threads: 2 });

  const refusals: [flags: string[], code: string, message: RegExp, env?: Record<string, string>][] = [
    [['--threads', '1'], 'KDX_RESUME_MISMATCH', /backend\.threads 2 and would go on with 1/],
  ];
  if (isRight) {
    const other = /backend\.precision bf16 and would go on with float32/;
    refusals.push([['--precision', 'float32'], 'KDX_RESUME_MISMATCH', other]);
    if (!(await takesBf16(AVX2)))
      refusals.push([[], 'KDX_BACKEND_PRECISION', /computes bf16 wrongly on this machine: /, AVX2]);
  } else {
    refusals.push([
      ['--precision', 'bf16'],
      'KDX_BACKEND_PRECISION',
      /computes bf16 wrongly on this machine: /,
    ]);
  }
  for (const [flags, expected, message, env] of refusals) {
    const { code, stderr } = await kdx(['run', '--resume', cut, ...flags], { env });
    t.is(code, 2);
    t.true(stderr.startsWith(`${expected} `), stderr);
    t.regex(stderr, message);
  }
  await kdxOk(['run', '--resume', cut]);
  t.deepEqual(differentFiles(cut, whole), []);

  if (!isRight) return;
  await kdxOk(['run', ...args, '--out', exact]);
  t.like(pinnedBackend(exact), { precision: 'float32', threads: 2 });
  const [inBf16, inFloat32] = [whole, exact].map((out) => readFileSync(join(out, 'student.safetensors')));
  t.false(inBf16.equals(inFloat32), 'bf16 changes what is computed');
});

onTorch(
  '--threads auto is chosen once for a machine, also by runs that begin together, and said',
  async (t) => {
    const folder = temporaryFolder(t);
    // The bridge that is built, and no choices yet.
    const cache = join(folder, 'cache');
    mkdirSync(cache);
    const built = cacheFolder(thisHost());
    for (const name of readdirSync(built)) {
      if (name !== 'choices') symlinkSync(join(built, name), join(cache, name));
    }
    const env = { KDX_TORCH_BUILD: cache };
    const train = (name: string): Promise<CliResult> =>
      kdxOk(['run', ...small, ...torch, '--threads', 'auto', '--out', join(folder, name)], { env });
    const outputs = await Promise.all([train('one'), train('two')]);
    const [one, two] = ['one', 'two'].map((name) => pinnedBackend(join(folder, name)).threads as number);
    t.is(one, two);
    const said = new RegExp(
      `^ +threads ${one}, chosen for this machine on \\d{4}-\\d\\d-\\d\\d; --threads N overrides, "kdx backend tune torch" chooses again$`,
      'm',
    );
    for (const { stdout } of outputs) t.regex(stdout, said);

    const choices = readdirSync(join(cache, 'choices'));
    t.is(choices.length, 1);
    const file = join(cache, 'choices', choices[0] as string);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { value: { threads: number }; chosen: string };
    t.is(kept.value.threads, one);
    if (availableParallelism() === 1) return;
    // Another number in the file is another number in the run: nothing was measured again.
    const other = one === 1 ? 2 : 1;
    kept.value.threads = other;
    writeFileSync(file, JSON.stringify({ ...kept, chosen: '2026-01-02T03:04:05.000Z' }));
    const { stdout } = await kdxOk(['doctor'], { env });
    t.regex(
      stdout,
      new RegExp(
        `--threads auto: ${other}, chosen for this machine on 2026-01-02; choose again with: kdx backend tune torch`,
      ),
    );
    await train('three');
    t.is(pinnedBackend(join(folder, 'three')).threads, other);
  },
);
