import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import ava, { type ExecutionContext } from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { type CliOptions, fixture, jsonLines, kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import type { CliResult } from '../support/collect.js';
import { saveNetworks } from '../support/tiny-networks.js';

// kdx synth as people use it: from nothing to a pool, broken off at any time and gone on with.

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-synth-'));
ava.after.always(() => rmSync(root, { recursive: true, force: true }));

const CNN = 'cifar_resnet8';
const networks = {
  cnn: `${CNN}@${join(root, 'cnn.safetensors')}`,
  other: `${CNN}@${join(root, 'other.safetensors')}`,
};

ava.before('networks', () =>
  saveNetworks([
    { named: networks.cnn, seed: 1, classes: 3, side: 8 },
    { named: networks.other, seed: 2, classes: 3, side: 8 },
  ]),
);

const synth = (args: readonly string[], options?: CliOptions): Promise<CliResult> =>
  kdx(['synth', ...BACKEND_FLAGS, ...args], options);
const synthOk = (args: readonly string[]): Promise<CliResult> => kdxOk(['synth', ...BACKEND_FLAGS, ...args]);

/** Two batches of two images, which are only noise. */
const noise = (...more: string[]): string[] => [
  ...['--invert', networks.cnn, '--iterations', '0', '--images', '4'],
  ...['--set', 'classesPerBatch=2', '--set', 'imagesPerClass=1', ...more],
];

/** The same, with so many iterations that each batch leaves a checkpoint on the way. */
const optimised = (...more: string[]): string[] => noise('--iterations', '110', ...more);

/** Every file of a folder with its bytes. */
const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'base64')]),
  );

const unbroken = join(root, 'unbroken');
let expected: Record<string, string>;
let said: CliResult;
ava.before('a pool that nothing disturbed', async () => {
  said = await synthOk(optimised('--verify', networks.other, '--out', unbroken));
  expected = filesOf(unbroken);
});

const stopAt = (point: string): CliOptions => ({
  preload: fixture('stop-at-rename.mjs'),
  env: { KDX_TEST_RENAME: point },
});

const goesOn = async (t: ExecutionContext, out: string): Promise<string> => {
  const { stdout } = await synthOk(optimised('--verify', networks.other, '--out', out));
  t.deepEqual(Object.keys(filesOf(out)), Object.keys(expected));
  t.deepEqual(filesOf(out), expected);
  return stdout;
};

test('it says what it makes, a line per batch, how good it is and what to do with it', (t) => {
  const lines = said.stdout.trimEnd().split('\n');
  const [backend, inverting, verifier, pool, first, second, ...rest] = lines;
  t.regex(backend, /^back end {2}\w+ \(.*, 1 thread, float32\), asked for$/);
  t.is(inverting, 'inverting cifar_resnet8, images of 8×8×3, 3 classes');
  t.is(verifier, 'verifier  cifar_resnet8');
  t.is(pool, `pool      ${unbroken}, 4 images in batches of 2 (2 classes × 1), 110 iterations each`);
  const line =
    /^batch (\d)\/2 {2}2 images {2}top-1: inverted network \d+\.0 %, verifier \d+\.0 % {2}\d+:\d\d$/;
  t.is(line.exec(first)?.[1], '1');
  t.is(line.exec(second)?.[1], '2');
  const table = rest.join('\n');
  for (const row of [
    /│ images +│ 4 +│/,
    /│ images per class +│ 1 to 2 +│/,
    /│ verifier: top-1 +│ \d+\.\d\d % +│/,
  ]) {
    t.regex(table, row);
  }
  t.is(rest.at(-2), `${join(unbroken, 'contact-sheet.svg')} shows some of the 4 images; train on them by`);
  t.is(
    rest.at(-1),
    `  kdx run --student … --teacher … --data … --plugins 'df-dearkd:{"pool":"${unbroken}"}'`,
  );
  t.is(said.stderr, '');
});

test('a pool is its images, what is known of each, a contact sheet and its quality', (t) => {
  const paths = Object.keys(expected);
  t.deepEqual(
    paths.filter((path) => !path.startsWith('images/')),
    ['batches/0000.json', 'batches/0001.json', 'contact-sheet.svg', 'pool.json', 'quality.json'],
  );
  t.is(paths.filter((path) => /^images\/00[012]\/000[01]-00[01]\.png$/.test(path)).length, 4);
});

test('--json: a line for each thing that happens, and the quality at the end', async (t) => {
  const out = join(temporaryFolder(t), 'pool');
  const { stdout } = await synthOk(noise('--iterations', '12', '--out', out, '--json'));
  const events = jsonLines<{ type: string; batch: number; step: number; steps: number; loss: number }>(
    stdout,
  );
  t.deepEqual(
    events.map(({ type }) => type),
    ['start', 'step', 'step', 'batch', 'step', 'step', 'batch', 'quality'],
  );
  t.deepEqual(
    events.flatMap(({ type, batch, step, steps, loss }) =>
      type === 'step' ? [[batch, step, steps, loss > 0]] : [],
    ),
    [
      [0, 10, 12, true],
      [0, 12, 12, true],
      [1, 10, 12, true],
      [1, 12, 12, true],
    ],
  );
  t.deepEqual(events.at(-1), {
    type: 'quality',
    ...(JSON.parse(readFileSync(join(out, 'quality.json'), 'utf8')) as object),
  } as never);
});

const points: readonly [what: string, point: string, said: RegExp][] = [
  ['before anything is written', 'before pool.json 1', /^batch 1\/2 /m],
  ['half way to the first checkpoint', 'before 0000.safetensors 1', /^batch 1\/2 /m],
  ['after a checkpoint', 'after 0000.safetensors 1', /^batch 1 goes on after iteration 100$/m],
  ['while it writes images', 'before 0000-001.png 1', /^batch 1 goes on after iteration 100$/m],
  ['before a batch counts', 'before 0000.json 1', /^batch 1 goes on after iteration 100$/m],
  ['between two batches', 'after 0000.json 1', /^2 images there already\nbatch 2\/2 /m],
  ['in the second batch', 'after 0001.safetensors 1', /^batch 2 goes on after iteration 100$/m],
  ['while its quality is written', 'before quality.json 1', /^4 images there already\n┌/m],
];

for (const [what, point, says] of points) {
  test(`killed ${what}, the same command goes on to the same bytes`, async (t) => {
    const out = join(temporaryFolder(t), 'pool');
    const args = optimised('--verify', networks.other, '--out', out);
    t.is((await synth(args, stopAt(`SIGKILL ${point}`))).signal, 'SIGKILL');
    t.regex(await goesOn(t, out), says);
  });
}

test('Ctrl-C saves, says how to go on and ends with 130; a second process is kept out', async (t) => {
  const out = join(temporaryFolder(t), 'pool');
  const args = optimised('--verify', networks.other, '--out', out);
  const stopped = synth(args, stopAt('SIGSTOP after 0000.safetensors 1'));
  const checkpoint = join(out, 'batches', '0000.safetensors');
  while (!existsSync(checkpoint)) await setTimeout(20);
  const { pid } = JSON.parse(readFileSync(join(out, 'pool.lock'), 'utf8')) as { pid: number };
  try {
    const second = await synth(args);
    t.is(second.code, 2);
    t.regex(
      second.stderr,
      /^KDX_RUN_BUSY .*pool is being written by process \d+ .* choose another --out\.\n$/,
    );
    process.kill(pid, 'SIGINT');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const { code, stdout, stderr } = await stopped;
  t.is(code, 130);
  t.regex(stdout, /saving after this iteration \(Ctrl-C again to leave at once\)/);
  t.regex(
    stderr,
    /^KDX_INTERRUPTED Interrupted in batch 1 after iteration 10\d: saved; the same command goes on\.\n$/,
  );
  t.false(existsSync(join(out, 'pool.lock')));
  t.regex(await goesOn(t, out), /^batch 1 goes on after iteration 10\d$/m);
});

test('what is damaged is made again: an image, a checkpoint', async (t) => {
  const out = join(temporaryFolder(t), 'pool');
  cpSync(unbroken, out, { recursive: true });
  const image = Object.keys(expected).find((path) => path.includes('0000-001')) as string;
  writeFileSync(join(out, image), 'no image');
  writeFileSync(join(out, 'batches', '0000.safetensors'), 'no checkpoint');
  const text = await goesOn(t, out);
  t.regex(
    text,
    /^KDX_POOL_BROKEN batch 1 is made again: .*0000-001\.png" is not the one that was made: [^;]*\.$/m,
  );
  t.regex(text, /^KDX_WEIGHTS_\w+ batch 1 begins anew: .*0000\.safetensors[^;]*\.$/m);
});

test('a pool grows, is verified later, and is not made to be another one', async (t) => {
  const out = join(temporaryFolder(t), 'pool');
  await synthOk(noise('--images', '2', '--out', out));
  const { stdout } = await synthOk(noise('--verify', networks.other, '--out', out));
  t.regex(stdout, /^1 batch scored by the verifier\n2 images there already\nbatch 2\/2 /m);
  const refused = async (args: string[], code: number, told: RegExp): Promise<void> => {
    const before = filesOf(out);
    const result = await synth([...args, '--out', out]);
    t.regex(result.stderr, told);
    t.is(result.code, code);
    t.deepEqual(filesOf(out), before);
  };
  const mismatch = /^KDX_POOL_MISMATCH .*: /.source;
  await refused(
    noise('--seed', '1', '--set', 'lr=0.2'),
    2,
    new RegExp(
      `${mismatch}.*lr is 0\\.25 there and 0\\.2 here; seed is 0 there and 1 here; run with what made it`,
    ),
  );
  await refused(noise('--invert', networks.other), 2, new RegExp(`${mismatch}inverted\\.sha256 is `));
  await refused(
    noise('--jpeg', '90'),
    2,
    new RegExp(`${mismatch}imageFormat\\.type is "png" there and "jpeg" here`),
  );
  writeFileSync(join(out, 'pool.json'), '{"format":1');
  await refused(
    noise(),
    3,
    /^KDX_POOL_BROKEN .*pool\.json" is not what kdx synth wrote .*; restore it, or make/,
  );
});

test('a file that cannot be written ends it with what to do, and the same command goes on', async (t) => {
  const out = join(temporaryFolder(t), 'pool');
  const { code, stderr } = await synth(noise('--out', out), { shell: 'ulimit -f 1' });
  t.is(code, 3);
  t.regex(
    stderr,
    /^KDX_WRITE_FAILED .*json" could not be written: .*allows no file this large; choose another --out/,
  );
  t.false(existsSync(join(out, 'pool.lock')));
  const { stdout } = await synthOk(noise('--out', out));
  t.regex(stdout, /^batch 2\/2 {2}2 images/m);
  t.deepEqual(
    Object.keys(filesOf(out)).filter((path) => path.includes('.tmp')),
    [],
  );
});
