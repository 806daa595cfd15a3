import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { kdx, kdxOk, temporaryFolder } from '../support/cli.js';

// Data that only a plugin can open, on every command that takes --data.

/** From `test/dist/system`. */
const PLUGIN = fileURLToPath(new URL('../../../examples/dist/own-data-plugin.js', import.meta.url));
const OWN = ['--data', 'halves', '--plugins', PLUGIN, '--backend', 'wasm'];
const MODEL = 'vit_tiny_patch16_224?img=16&patch=8&dim=16&depth=1&heads=1';

test('a student of own data is trained, scored, inverted and looked at by the same flags', async (t) => {
  const root = temporaryFolder(t);
  const out = join(root, 'run');
  await kdxOk([
    'run',
    ...OWN,
    '--student',
    'convnet?width=2&stages=1',
    '--epochs',
    '1',
    '--batch',
    '16',
    '--out',
    out,
  ]);
  const weights = `convnet?width=2&stages=1@${join(out, 'student.safetensors')}`;

  const scored = await kdxOk(['eval', ...OWN, '--model', weights, '--json']);
  const { data, heads } = JSON.parse(scored.stdout);
  t.is(data, 'halves');
  t.is(heads.fused.images, 64);

  const attention = await kdxOk(['attention', ...OWN, '--model', MODEL, '--images', '4', '--json']);
  t.is(JSON.parse(attention.stdout).data, 'halves');

  const pool = ['--out', join(root, 'pool'), '--images', '2', '--iterations', '1', '--json'];
  const made = await kdxOk(['synth', ...OWN, '--invert', weights, ...pool]);
  t.regex(made.stdout, /"type":"quality"/);
});

test('kdx data inspect counts the images of each class of any data set', async (t) => {
  const { stdout } = await kdxOk(['data', 'inspect', 'halves', '--plugins', PLUGIN, '--json']);
  const { classNames, splits, imageSize, augment } = JSON.parse(stdout);
  t.deepEqual(classNames, ['dark above', 'dark below']);
  t.deepEqual(imageSize, [16, 16, 1]);
  t.deepEqual(augment, ['exposure(0.1)']);
  t.deepEqual(splits, {
    train: { images: 128, perClass: [64, 64] },
    test: { images: 64, perClass: [32, 32] },
  });
  const told = await kdxOk(['data', 'inspect', 'shapes?train=26&validation=0&test=12']);
  t.regex(told.stdout, /striped circle +│ 3 +│/);
});

test('a method is no plugin for a command without a run', async (t) => {
  const { code, stderr } = await kdx(['eval', '--model', 'convnet', '--data', 'shapes', '--plugins', 'deit']);
  t.is(code, 2);
  t.regex(stderr, /^KDX_ADAPT_NO_STUDENT Plugin "deit" needs the student of a run/);
});

test('a folder of images, or a data set that kdx does not have, leads to the page on own images', async (t) => {
  const folder = temporaryFolder(t);
  for (const spec of [folder, `folder:${folder}`, `imagefolder:${folder}`]) {
    const { code, stderr } = await kdx(['data', 'inspect', spec]);
    t.is(code, 2);
    t.regex(stderr, /^KDX_DATA_FAMILY .*--plugins \.\/my-data\.mjs: see "Your own images" in kdx's README/);
  }
});
