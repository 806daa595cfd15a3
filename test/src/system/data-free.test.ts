import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ava from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, kdx, kdxOk } from '../support/cli.js';
import { differentFiles, readSummary } from '../support/run-folder.js';
import { saveNetworks } from '../support/tiny-networks.js';
import { STUDENT } from '../support/tiny-run.js';

// Training on a pool that kdx synth made, and on nothing else.

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-data-free-'));
ava.after.always(() => rmSync(root, { recursive: true, force: true }));

const CNN = 'cifar_resnet8';
const [cnn, teacher] = ['cnn', 'teacher'].map((name) => `${CNN}@${join(root, `${name}.safetensors`)}`);
const pool = join(root, 'pool');
const REAL = 'shapes?train=24&validation=0&test=24&classes=4';

ava.before('a pool of 8 images of 4 classes', async () => {
  await saveNetworks([
    { named: cnn, seed: 1, classes: 4, side: 32 },
    { named: teacher, seed: 2, classes: 4, side: 32 },
  ]);
  const made = ['--iterations', '1', '--images', '8', '--set', 'imagesPerClass=1', '--verify', teacher];
  await kdxOk(['synth', '--invert', cnn, ...made, '--out', pool, ...BACKEND_FLAGS]);
});

const SMALL = ['--epochs', '2', '--batch', '4', ...BACKEND_FLAGS];
const dataFree = (options: object): string => `df-dearkd:${JSON.stringify(options)}`;
const imagesOnly = ['--data', REAL, '--teacher', teacher, '--plugins'].concat(
  `kd,${dataFree({ pool, dearkd: false })}`,
);

test('a CNN learns from the pool and is evaluated on real images', async (t) => {
  const out = join(root, 'cnn-run');
  const { stdout } = await kdxOk(['run', '--student', CNN, ...imagesOnly, ...SMALL, '--out', out]);
  t.true(
    stdout.includes(
      `\ndata      pool:${pool}, evaluated on ${REAL}: 8 training, 24 test images, 4 classes\n`,
    ),
    stdout,
  );
  t.regex(stdout, /^methods {3}df-dearkd, kd$/m);
  t.is(readSummary(out).test?.last.fused.images, 24);
});

test('a run on a pool, killed and resumed, ends in the same bytes', async (t) => {
  const args = [
    '--student',
    CNN,
    ...imagesOnly.slice(0, -1),
    `${imagesOnly.at(-1)},${fixture('stop-at.mjs')}`,
  ];
  const run = (name: string): string[] => [
    ...[
      'run',
      ...args,
      ...SMALL,
      '--set',
      'mixup=0.8',
      '--set',
      'ema=0.9',
      '--set',
      'saveEvery=1',
      '--set',
      'logEvery=1',
    ],
    ...['--out', join(root, name)],
  ];
  await kdxOk(run('whole'));
  const env = { KDX_TEST_STOP: 'SIGKILL step 3' };
  t.is((await kdx(run('killed'), { env })).signal, 'SIGKILL');
  await kdxOk(['run', '--resume', join(root, 'killed'), '--json']);
  t.deepEqual(differentFiles(join(root, 'killed'), join(root, 'whole')), []);
});

test('a ViT learns by DearKD from the pool, and the loss is explained', async (t) => {
  const args = [
    '--student',
    STUDENT,
    '--data',
    REAL,
    '--teacher',
    teacher,
    '--plugins',
    dataFree({ pool }),
    ...SMALL,
  ];
  const { terms, plugins } = JSON.parse((await kdxOk(['explain', ...args, '--json'])).stdout) as {
    terms: { id: string }[];
    plugins: { name: string; broughtBy?: string[] }[];
  };
  t.deepEqual(terms.map(({ id }) => id).sort(), ['classification/ce', 'dearkd/hidden', 'deit/kd']);
  t.deepEqual(plugins.find(({ name }) => name === 'dearkd')?.broughtBy, ['df-dearkd']);
  const out = join(root, 'vit-run');
  await kdxOk(['run', ...args, '--out', out]);
  t.is(readSummary(out).test?.last.fused.images, 24);
});

test('a pool is a data set of its own, filtered by its name', async (t) => {
  const out = join(root, 'plain');
  const { stdout } = await kdxOk([
    'run',
    '--student',
    CNN,
    '--data',
    `pool:${pool}?per-class=1`,
    ...SMALL,
    '--out',
    out,
  ]);
  t.regex(stdout, /\?per-class=1: 4 training images, 4 classes$/m);
  t.is(readSummary(out).test, undefined);
  const scored = (...more: string[]) =>
    kdx(['eval', '--model', cnn, '--data', `pool:${pool}`, ...BACKEND_FLAGS, ...more]);
  t.regex((await scored('--split', 'train')).stdout, /^cifar_resnet8 on 8 train images of pool:/);
  const { code, stderr } = await scored();
  t.is(code, 2);
  t.regex(stderr, /^KDX_DATA_SPLIT pool:.* has no test split; choose another --split\.\n$/);
});

test('without a pool the command that makes one is named', async (t) => {
  const refused = async (options: object, told: RegExp): Promise<void> => {
    const plugins = ['--plugins', `kd,${dataFree({ dearkd: false, ...options })}`];
    const { code, stderr } = await kdx([
      ...['run', '--student', CNN, '--data', REAL, '--teacher', teacher, ...plugins, ...SMALL],
      ...['--out', join(root, 'refused')],
    ]);
    t.regex(stderr, told);
    t.is(code, 2);
  };
  await refused({}, /^KDX_POOL_MISSING Plugin "df-dearkd" needs images: make them with kdx synth --invert /);
  await refused(
    { pool: join(root, 'none') },
    /^KDX_POOL_MISSING There is no image pool in .*none", .*; make one with kdx synth --invert MODEL@WEIGHTS --out /,
  );
  await refused({ pol: pool }, /^KDX_PLUGIN_OPTIONS .*Did you mean "pool"\?/);
});
