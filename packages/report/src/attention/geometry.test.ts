import { model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type LabelledModel, sharedGeometry } from './geometry.js';

test.before(() => tf.setBackend('cpu'));

const SMALL = 'dim=16&depth=2&heads=2';
const labelled = async (label: string, name: string): Promise<LabelledModel> => ({
  label,
  model: await model(name).build({ classes: 3, imageSize: [16, 8, 3] }),
});

test('grid, patch and special tokens of models that can stand side by side, of any depth', async (t) => {
  const models = await Promise.all([
    labelled('plain', `vit_tiny_patch16_224?img=16x8&patch=4&${SMALL}`),
    labelled('deit', `deit_tiny_distilled_patch16_224?img=16x8&patch=4&dim=24&depth=3&heads=3`),
  ]);
  const shared = { grid: [4, 2], patch: [4, 4] } as const;
  t.deepEqual(sharedGeometry(models), [
    { ...shared, depth: 2, heads: 2, specialTokens: 1 },
    { ...shared, depth: 3, heads: 3, specialTokens: 2 },
  ]);
});

test('other patches are refused', async (t) => {
  const models = await Promise.all([
    labelled('a', `vit_tiny_patch16_224?img=16x8&patch=4&${SMALL}`),
    labelled('b', `vit_tiny_patch16_224?img=16x8&patch=8&${SMALL}`),
  ]);
  t.throws(() => sharedGeometry(models), {
    code: 'KDX_ATTENTION_GRID',
    message: /patch=4.* sees 4×2 patches and "vit.*patch=8.*" 2×1, so .* compare models of the same "patch"/,
  });
});

test('one label on models of different shape is refused, wherever they stand', async (t) => {
  const models = await Promise.all([
    labelled('other', `vit_tiny_patch16_224?img=16x8&patch=4&dim=16&depth=3&heads=2`),
    labelled('a', `vit_tiny_patch16_224?img=16x8&patch=4&${SMALL}`),
    labelled('a', `vit_tiny_patch16_224?img=16x8&patch=4&dim=16&depth=2&heads=4`),
  ]);
  t.throws(() => sharedGeometry(models), {
    code: 'KDX_ATTENTION_LABEL',
    message: /^"a" is the label of .*\(2 blocks of 2 heads\) and of .*\(2 blocks of 4 heads\)/,
  });
});

test('a model without attention is refused by its name and its label', async (t) => {
  const cnn = await labelled('teacher', 'convnet?width=2');
  t.throws(() => sharedGeometry([cnn]), {
    code: 'KDX_MODEL_ATTENTION',
    message: /^"convnet\?width=2" \(teacher\) has no attention to measure; give --model vision transformers/,
  });
});
