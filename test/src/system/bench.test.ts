import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, jsonLines, kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import { differentFiles, readJson } from '../support/run-folder.js';
import { DATA, STUDENT, set, TEACHER } from '../support/tiny-run.js';

interface Spread {
  readonly mean: number;
  readonly std: number | null;
  readonly n: number;
}
interface Arm {
  readonly name: string;
  readonly runs: readonly {
    readonly seed: number;
    readonly sha256: string;
    readonly test: Record<'last' | 'best', { fused: { top1: number } }>;
    readonly teacherCache?: { readonly hits: number; readonly misses: number };
    readonly pinned: { readonly data: string; readonly backend: { readonly threads: number } };
  }[];
  readonly scores: Record<
    'top1' | 'top5',
    { readonly last: Spread; readonly best: Spread; readonly heads: Record<string, Spread> } | undefined
  >;
  readonly parameters: number;
  readonly difference: {
    readonly last: { mean: number; interval: [number, number] | null; n: number };
  } | null;
}
interface Result {
  readonly complete: boolean;
  readonly seeds: readonly number[];
  readonly command: string;
  readonly baseline: string;
  readonly teachers: readonly {
    readonly weights: string;
    readonly arms: readonly string[];
    readonly parameters: number;
    readonly scores: { readonly images: number; readonly top1: number };
  }[];
  readonly arms: readonly Arm[];
  readonly pairs: readonly {
    readonly arm: string;
    readonly against: string;
    readonly last: { mean: number };
  }[];
}

const PARTS = ['--student', STUDENT, '--teacher', TEACHER, '--data', DATA, '--epochs', '2', '--batch', '16'];
const SETTINGS = [...BACKEND_FLAGS, ...set({ mixup: 0.8, teacherImages: 0 })];
const ARMS = [
  ...['--arm', 'plain', '--arm', `kd=kd,${fixture('stop-parent.mjs')}`, '--arm', 'deit=deit:{"type":"soft"}'],
  ...['--seeds', '0,1'],
];
const bench = (out: string, ...more: string[]): string[] => [
  'bench',
  ...[...PARTS, ...SETTINGS, ...ARMS, '--out', out],
  ...more,
];

const sound = backendTest(test);

/** A child whose parent is gone saves and ends; until then its folder is its own. */
async function untilUnlocked(run: string): Promise<void> {
  for (let tries = 0; existsSync(join(run, 'run.lock')); tries++) {
    if (tries > 300) throw new Error(`${run} is still locked`);
    await sleep(100);
  }
}

sound('killed and interrupted, a comparison goes on to the same bytes and figures', async (t) => {
  const folder = temporaryFolder(t);
  const whole = join(folder, 'whole');
  const parts = join(folder, 'parts');
  await kdxOk(bench(whole, '--jobs', '2'));

  const killed = await kdx(bench(parts), { env: { KDX_TEST_STOP_PARENT: 'SIGKILL 4' } });
  t.is(killed.signal, 'SIGKILL');
  await untilUnlocked(join(parts, 'runs/kd/seed-0'));
  t.false(existsSync(join(parts, 'runs/kd/seed-0/summary.json')), 'the orphan stopped');

  const stopped = await kdx(bench(parts), { env: { KDX_TEST_STOP_PARENT: 'SIGTERM 9' } });
  t.is(stopped.code, 130, stopped.stderr);
  t.regex(stopped.stderr, /KDX_INTERRUPTED Interrupted: every run is saved; the same command goes on\./);
  t.regex(stopped.stdout, /1\/6 plain, seed 0 {2}was done before/);
  t.false(readJson<Result>(parts, 'bench.json').complete);

  const { stdout } = await kdxOk(bench(parts));
  t.regex(stdout, /kd, seed 0 resumes after step \d+ of 14/);
  t.regex(stdout, /teacher cache: \d+\.\d % of \d+ batches from disk/);
  const [a, b] = [whole, parts].map((out) => readJson<Result>(out, 'bench.json'));
  t.true(a.complete && b.complete);
  for (const { name, runs } of a.arms) {
    for (const { seed } of runs) {
      const run = join('runs', name, `seed-${seed}`);
      t.deepEqual(differentFiles(join(whole, run), join(parts, run)), [], run);
    }
  }
  t.deepEqual(
    a.arms.map(({ scores, difference }) => ({ scores, difference })),
    b.arms.map(({ scores, difference }) => ({ scores, difference })),
  );

  // The figures are those of the runs, and arms that see the same images share what the teacher said of them.
  const [plain, kd, deit] = b.arms;
  const top1 = ({ runs }: Arm) => runs.map((run) => run.test.last.fused.top1);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  t.true(Math.abs((kd.scores.top1?.last.mean ?? Number.NaN) - mean(top1(kd))) < 1e-9);
  const differences = top1(kd).map((value, k) => value - top1(plain)[k]);
  t.true(Math.abs((kd.difference?.last.mean ?? 0) - mean(differences)) < 1e-9);
  // Two pairs: t(0.975, 1) = 12.7062, and the deviation of two is half their distance times √2.
  const half = (12.7062047362 * Math.abs(differences[0] - differences[1])) / 2;
  t.true(Math.abs((kd.difference?.last.interval?.[1] ?? 0) - mean(differences) - half) < 1e-6);
  t.is(plain.difference, null);
  t.deepEqual(Object.keys(deit.scores.top1?.heads ?? {}), ['class', 'distillation']);
  t.is(plain.runs[0].teacherCache, undefined);
  t.deepEqual(
    deit.runs.map(({ teacherCache }) => teacherCache?.misses),
    [0, 0],
  );
  const table = readFileSync(join(parts, 'bench.md'), 'utf8');
  t.regex(table, /^\| arm \| parameters \| last epoch \| difference \| best validation epoch \| top-5 \|/);
  t.regex(table, /Command: `kdx bench --student/);
});

test('arms and seeds come from a file, other arms reuse what is finished; one arm can be run alone', async (t) => {
  const gentle = 'gentle KD, α = 0.1 | 50%';
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, 'kdx.config.yaml'),
    [
      `student: ${STUDENT}`,
      `teacher: ${TEACHER}`,
      `data: ${DATA}`,
      'epochs: 1',
      'teacherImages: 4',
      'backend: wasm',
      'seeds: [3]',
      'arms:',
      '  plain: {}',
      '  "gentle KD, α = 0.1 | 50%": { plugins: [[kd, { alpha: 0.1 }]], lr: 0.0005 }',
      '  free: { plugins: [tf-fd] }',
    ].join('\n'),
  );
  const { stdout } = await kdxOk(['bench', '--json'], { cwd: folder });
  const events = jsonLines<Result & { type: string }>(stdout);
  t.is(events.filter(({ type }) => type === 'run-begin').length, 3);
  t.true(events.some(({ type }) => type === 'progress'));
  const result = events.at(-1) as Result;
  t.deepEqual(result.seeds, [3]);
  t.deepEqual(
    result.arms.map(({ name, difference }) => [name, difference?.last.interval]),
    [
      ['plain', undefined],
      [gentle, null],
      ['free', null],
    ],
  );
  const configOf = (arm: string) =>
    readJson<{ config: Record<string, unknown> }>(folder, `runs/bench/runs/${arm}/seed-3/config.json`).config;
  t.like(configOf('gentle%20KD%2C%20α%20=%200.1%20%7C%2050%25'), {
    lr: 0.0005,
    seed: 3,
    plugins: [['kd', { alpha: 0.1 }]],
    teacher: [TEACHER],
  });
  t.is(configOf('free').teacher, undefined, 'a method without a teacher gets none');

  // The teacher is scored on the whole split, whatever part of it the runs score; by the same figures as kdx eval.
  const [teacher, ...others] = result.teachers;
  t.deepEqual(others, []);
  t.deepEqual(teacher.arms, [gentle]);
  const scored = await kdxOk(['eval', '--model', TEACHER, '--data', DATA, '--backend', 'wasm', '--json'], {
    cwd: folder,
  });
  const [{ heads }] = jsonLines<{ heads: { fused: { images: number; top1: number } } }>(scored.stdout);
  t.is(teacher.scores.images, 24);
  t.is(teacher.scores.top1, heads.fused.top1);

  // Other arms, in another order, against another baseline: what is finished is taken as it is.
  const again = await kdxOk(
    [
      'bench',
      '--arm',
      'free',
      '--arm',
      gentle,
      '--arm',
      'plain',
      '--arm',
      'warm KD=kd:{"temperature":2}',
      '--against',
      'plain',
    ],
    { cwd: folder },
  );
  t.is(again.stdout.match(/was done before/g)?.length, 3);
  t.regex(again.stdout, /^warm KD, seed 3 \(1 of 1\) begins$/m);
  t.notRegex(again.stdout, /(?:plain|free|gentle.*), seed 3 \(1 of 1\) begins/);
  const second = readJson<Result>(folder, 'runs/bench/bench.json');
  t.is(second.baseline, 'plain');
  t.deepEqual(
    second.arms.map(({ name }) => name),
    ['free', gentle, 'plain', 'warm KD'],
  );
  const hashes = (from: Result) =>
    Object.fromEntries(from.arms.map(({ name, runs }) => [name, runs[0].sha256]));
  t.like(hashes(second), hashes(result), 'the same runs');
  const top1 = (name: string) =>
    second.arms.find((arm) => arm.name === name)?.runs[0].test.last.fused.top1 ?? Number.NaN;
  t.deepEqual(
    second.pairs.map(({ arm, against, last }) => [arm, against, last.mean]),
    [
      [gentle, 'free'],
      ['plain', 'free'],
      ['warm KD', 'free'],
      ['plain', gentle],
      ['warm KD', gentle],
      ['warm KD', 'plain'],
    ].map(([arm, against]) => [arm, against, top1(arm) - top1(against)]),
  );
  t.is(second.arms[2].difference, null);
  t.is(second.arms[0].difference?.last.mean, top1('free') - top1('plain'));
  const markdown = readFileSync(join(folder, 'runs/bench/bench.md'), 'utf8');
  t.regex(markdown, /^\| teacher convnet\S* \| [\d,]+ \| \d+\.\d\d \|/m);
  t.regex(markdown, /^\| gentle KD, α = 0\.1 \\\| 50% \| [\d,]+ \|/m);
  t.regex(markdown, /^\| warm KD \| gentle KD, α = 0\.1 \\\| 50% \| [+−]/m);
  const wrong = await kdx(['bench', '--against', 'plian'], { cwd: folder });
  t.is(wrong.code, 2);
  t.regex(
    wrong.stderr,
    /KDX_ARM_UNKNOWN --against takes one of the arms .* and got "plian"\. Did you mean "plain"\?/,
  );

  const { code, stderr } = await kdx(['run'], { cwd: folder });
  t.is(code, 2);
  t.regex(
    stderr,
    /KDX_ARM_MISSING .*kdx\.config\.yaml has the arms plain, "gentle KD, α = 0\.1 \| 50%", free; choose one with --arm/,
  );
  const explained = await kdxOk(['explain', '--arm', gentle, '--json'], { cwd: folder });
  t.regex(explained.stdout, /kd\/logits/);
});

test('a changed comparison does not go on, and a run that fails keeps none of the others from ending', async (t) => {
  const folder = temporaryFolder(t);
  const small = [
    '--student',
    STUDENT,
    '--data',
    DATA,
    '--epochs',
    '1',
    '--backend',
    'wasm',
    '--seeds',
    '0',
    '--out',
    'b',
  ];
  const mine = join(folder, 'mine.mjs');
  writeFileSync(mine, `export { default } from '${fixture('poison.mjs')}';\n`);
  const config = { lr: 0.001, arms: { wild: { plugins: [['./mine.mjs', { step: 1 }]] }, calm: {} } };
  writeFileSync(join(folder, 'kdx.config.json'), JSON.stringify(config));
  const failed = await kdx(['bench', ...small], { cwd: folder });
  t.is(failed.code, 3, failed.stderr);
  t.regex(
    failed.stderr,
    /KDX_BENCH_FAILED 1 of 2 runs failed, the first b\/runs\/wild\/seed-0 \(KDX_DATA_NAN /,
  );
  t.regex(failed.stdout, /calm +│ [\d,]+ +│ \d+\.\d\d/);

  const before = readFileSync(join(folder, 'b/bench.json'), 'utf8');
  const changed = await kdx(['bench', ...small, '--lr', '0.5'], { cwd: folder });
  t.is(changed.code, 2);
  t.regex(
    changed.stderr,
    /KDX_BENCH_CHANGED b\/runs\/wild\/seed-0 was begun with lr 0\.001 and would go on with 0\.5; give the changed comparison another --out/,
  );
  writeFileSync(mine, `${readFileSync(mine, 'utf8')}// another plugin now`);
  const edited = await kdx(['bench', ...small], { cwd: folder });
  t.regex(edited.stderr, /KDX_BENCH_CHANGED b\/runs\/wild\/seed-0 was begun with plugins .*sha256:/);
  t.is(readFileSync(join(folder, 'b/bench.json'), 'utf8'), before, 'what is refused writes nothing');
});

test('a finished run that lost a file says what mends it', async (t) => {
  const folder = temporaryFolder(t);
  const args = ['bench', '--student', STUDENT, '--data', DATA, '--epochs', '1', '--backend', 'wasm'];
  const one = [...args, '--arm', 'plain', '--seeds', '0', '--out', 'b'];
  await kdxOk(one, { cwd: folder });
  rmSync(join(folder, 'b/runs/plain/seed-0/student.safetensors'));
  const { stderr } = await kdx(one, { cwd: folder });
  t.regex(
    stderr,
    /KDX_BENCH_RUN b\/runs\/plain\/seed-0 is not the whole run it was .*delete that folder and give/,
  );
});

test('what is no comparison is refused before anything is trained', async (t) => {
  const folder = temporaryFolder(t);
  const refused = async (...args: string[]): Promise<string> => {
    const line = ['bench', '--student', STUDENT, '--data', DATA, '--backend', 'wasm', ...args];
    const { code, stdout, stderr } = await kdx(line, { cwd: folder });
    t.is(code, 2, stderr);
    t.is(stdout, '');
    return stderr;
  };
  t.regex(await refused(), /KDX_ARM_MISSING The command line has no arms to compare; write --arm plain/);
  t.regex(
    await refused('--arm', 'plain', '--seeds', '0,0'),
    /KDX_CONFIG --seeds: seeds takes different whole numbers/,
  );
  t.regex(await refused('--arm', '=kd'), /KDX_CONFIG --arm takes name=plugins: an arm needs a name/);
  t.regex(await refused('--arm', 'plain', '--arm', 'plain'), /KDX_CONFIG --arm "plain" is there twice/);
  t.regex(await refused('--arm', 'plain', '--arm', 'kd'), /KDX_ARM_UNKNOWN .*--arm kd=PLUGINS makes one/);
  t.regex(await refused('--arm', 'plain', '--jobs', '0'), /KDX_CONFIG --jobs takes a whole number/);
  t.regex(await refused('--arm', 'plain', '--arm', 'typo=kdd'), /KDX_PLUGIN_UNKNOWN/);
  t.regex(await refused('--arm', 'plain', '--arm', 'alone=kd'), /KDX_TEACHER_MISSING/);
  t.regex(
    await refused('--arm', 'plain', '--arm', 'same='),
    /KDX_BENCH_SAME The arms "plain" and "same" are the same run/,
  );
  t.regex(
    await refused('--arm', 'plain', '--data', 'shapes?train=32&validation=0&test=0'),
    /KDX_BENCH_SPLIT Arm "plain": .* has neither test nor validation images/,
  );
});
