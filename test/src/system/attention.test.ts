import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Split } from '@kdx/core';
import { drawSample, normalizeImages } from '@kdx/core/run';
import { resolveData } from '@kdx/data';
import { attentionDistances, model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import ava from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { kdx, kdxOk } from '../support/cli.js';
import type { CliResult } from '../support/collect.js';
import { DATA, STUDENT, TEACHER } from '../support/tiny-run.js';

interface Attention {
  readonly images: number;
  readonly grid: number[];
  readonly renormalize: boolean;
  readonly even: number;
  readonly arms: {
    readonly label: string;
    readonly blocks: { readonly mean: number; readonly std: number | null }[];
    readonly runs: { readonly model: string; readonly weights: string; readonly distances: number[][] }[];
  }[];
}

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-attention-'));
const runOf = (seed: number): string => join(root, 'plain', `seed-${seed}`);
const measure = ['attention', '--data', DATA, ...BACKEND_FLAGS];
const attention = (...args: string[]): Promise<CliResult> => kdx([...measure, ...args]);
const figures = async (...args: string[]): Promise<Attention> =>
  JSON.parse((await kdxOk([...measure, '--json', ...args])).stdout) as Attention;

ava.before(async () => {
  await tf.setBackend('cpu');
  const train = ['run', '--student', STUDENT, '--data', DATA, '--epochs', '1', '--batch', '32'];
  for (const seed of [0, 1]) {
    await kdxOk([...train, '--seed', String(seed), '--out', runOf(seed), ...BACKEND_FLAGS]);
  }
});
ava.after.always(() => rmSync(root, { recursive: true, force: true }));

test('figures are those of the same images by hand, and runs of one arm are averaged', async (t) => {
  const weights = join(runOf(0), 'student.safetensors');
  const student = await model(`${STUDENT}@${weights}`).build({});
  const { test: split, imageSize } = await resolveData(DATA);
  const pixels = new Float32Array(9 * imageSize[0] * imageSize[1] * imageSize[2]);
  const { indices } = drawSample(split as Split, 9);
  for (const [row, index] of indices.entries())
    await split?.read(index, pixels.subarray((row * pixels.length) / 9));
  const images = normalizeImages(tf.tensor4d(pixels, [9, ...imageSize]), student.spec);
  const same = (found: number[][], expected: number[][]): boolean =>
    found.flat().every((value, k) => Math.abs(value - expected.flat()[k]) < 1e-3);

  const runs = ['--model', runOf(0), '--model', runOf(1), '--model', `file=${STUDENT}@${weights}`];
  const found = await figures(...runs, '--images', '9', '--batch', '4');
  t.like(found, { images: 9, grid: [4, 4], renormalize: false });
  const [plain, file] = found.arms;
  t.deepEqual([plain.label, plain.runs.length, file.label, file.runs.length], ['plain', 2, 'file', 1]);
  t.deepEqual(plain.runs[0].distances, file.runs[0].distances);
  t.deepEqual([file.runs[0].weights, file.blocks[0].std], [weights, null]);
  t.true(same(file.runs[0].distances, await attentionDistances(student, images)));
  const [a, b] = plain.runs.map(({ distances: [[one, other]] }) => (one + other) / 2);
  t.true(Math.abs(plain.blocks[0].mean - (a + b) / 2) < 1e-9);
  t.true(Math.abs((plain.blocks[0].std ?? 0) - Math.abs(a - b) / Math.SQRT2) < 1e-9);

  const [{ runs: whole }] = (await figures('--model', runOf(0), '--images', '9', '--renormalize')).arms;
  t.true(same(whole[0].distances, await attentionDistances(student, images, { renormalize: true })));
  t.false(same(whole[0].distances, plain.runs[0].distances));
  student.dispose();
});

test('a table says what was measured how, and the plot has the labels', async (t) => {
  const plot = join(root, 'plots', 'attention.svg');
  const labelled = ['--model', runOf(0), '--model', runOf(1), '--model', `start=${STUDENT}`];
  const { code, stdout } = await attention(...labelled, '--images', '4', '--plot', plot);
  t.is(code, 0);
  t.regex(stdout, /│ model │ runs │ block 0 +│ block 1 +│/);
  t.regex(stdout, /│ plain │ 2 +│ \d\.\d\d .*│\n│ +│ +│ ± \d\.\d\d/);
  t.regex(stdout, /Convention: attention of patches to special tokens counted as distance 0/);
  t.regex(stdout, /Without weights, so as initialised: start\./);
  t.true(stdout.trimEnd().endsWith(plot));
  const svg = readFileSync(plot, 'utf8');
  t.true(svg.startsWith('<svg ') && svg.trimEnd().endsWith('</svg>'));
  for (const label of ['plain (2 runs)', 'start', '4 images (test) of shapes;'])
    t.true(svg.includes(label), label);
  t.false(svg.includes(root));
});

const cases: readonly [what: string, args: () => string[], message: RegExp][] = [
  ['no model', () => [], /required option '--model/],
  [
    'a model that is no ViT',
    () => ['--model', runOf(0), '--model', `cnn=${TEACHER}`],
    /^KDX_MODEL_ATTENTION "convnet\?width=8" \(cnn\) has no attention to measure; .*vision transformers/,
  ],
  [
    'other patches',
    () => ['--model', runOf(0), '--model', STUDENT.replace('patch=8', 'patch=4')],
    /^KDX_ATTENTION_GRID .* sees 4×4 patches and .* 8×8, /,
  ],
  [
    'one label on different models',
    () => ['--model', runOf(0), '--model', `plain=${STUDENT.replace('depth=2', 'depth=3')}`],
    /^KDX_ATTENTION_LABEL "plain" is the label of .*2 blocks.*3 blocks/,
  ],
  [
    'data of other classes',
    () => ['--model', runOf(0), '--data', 'shapes?test=4&classes=5'],
    /^KDX_CLASS_COUNT .* was trained for \d+ classes .*, the data set has 5;/,
  ],
  ['no run', () => ['--model', `plain=${root}/gone`], /^KDX_RUN_MISSING .*gone holds no run/],
  [
    'no images',
    () => ['--model', runOf(0), '--images', '0'],
    /^KDX_CONFIG --images takes .*at least 1 and got 0\./,
  ],
  [
    'a split that is not there',
    () => ['--model', runOf(0), '--data', 'shapes?test=0'],
    /^KDX_DATA_SPLIT .* has no test split/,
  ],
  [
    'a plot that is no SVG',
    () => ['--model', runOf(0), '--plot', 'a.png'],
    /^KDX_CONFIG --plot writes SVG and got "a\.png"/,
  ],
];

for (const [what, args, message] of cases) {
  test(`attention refuses ${what}`, async (t) => {
    const { code, stdout, stderr } = await attention(...args());
    t.is(code, 2);
    t.regex(stderr, message);
    t.is(stdout, '');
    t.false(existsSync('a.png'));
  });
}
