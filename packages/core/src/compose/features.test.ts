import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { Feature, LayerFeature, Model, ModelSpec } from '../index.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { layerFeature, stageFeatures } from './features.js';

await tf.setBackend('cpu');

/** A model that only has taps; images are 32 rows and 32 columns unless `inputSize` says otherwise. */
async function modelOf(
  taps: Readonly<Record<string, readonly number[]>>,
  features: readonly Feature[],
  inputSize: ModelSpec['inputSize'] = [32, 32, 3],
): Promise<Model> {
  const model = await tiny().build({ classes: 10 });
  return {
    spec: { ...model.spec, name: 'made', classes: 10, features, inputSize },
    parameters: model.parameters,
    buffers: model.buffers,
    taps: () => new Map(Object.entries(taps)),
    forward: (images, options) => model.forward(images, options),
    dispose: () => model.dispose(),
  };
}

const reader = (model: Model) => ({ who: 'Plugin "mine"', models: new Map([['student', model]]) });

const CNN = await modelOf(
  {
    stem: [32, 32, 4],
    layer1: [32, 32, 4],
    'layer1:pre': [32, 32, 4],
    'layer1:in': [32, 32, 4],
    layer2: [16, 16, 8],
    pooled: [8],
  },
  [
    { tap: 'stem', layout: 'maps' },
    { tap: 'layer1', scale: 'layer1.bn.weight', layout: 'maps' },
    { tap: 'layer2', layout: 'maps' },
  ],
);

// 32×16 pixels in patches of 4: 8 rows, 4 columns; a class and a distillation token before them.
const VIT = await modelOf(
  {
    patch_embed: [32, 6],
    'blocks.0': [34, 6],
    'blocks.0.attn': [34, 6],
    norm: [34, 6],
    head: [10],
    short: [9, 6],
  },
  ['patch_embed', 'blocks.0', 'norm'].map((tap) => ({ tap, layout: 'tokens', grid: [8, 4] })),
  [32, 16, 3],
);

test('maps have their grid in their shape, and a stride by the image', (t) => {
  t.deepEqual(layerFeature(reader(CNN), 'student', 'f2'), {
    ref: 'student.layer2',
    path: 'layer2',
    shape: [16, 16, 8],
    layout: 'maps',
    grid: [16, 16],
    specialTokens: 0,
    channels: 8,
    stride: 2,
    scale: undefined,
  });
});

test('a feature before its ReLU has the same scale, and a layer’s input has none', (t) => {
  const scale = (path: string) => layerFeature(reader(CNN), 'student', path).scale;
  t.is(scale('f1'), 'layer1.bn.weight');
  t.is(scale('f1:pre'), 'layer1.bn.weight');
  t.is(scale('f1:in'), undefined);
  t.is(layerFeature(reader(CNN), 'student', 'f1:in').path, 'layer1:in');
});

test('special tokens are those before the grid, in a stage and in any other layer', (t) => {
  const placed = ({ layout, grid, specialTokens, channels, stride }: LayerFeature) => [
    layout,
    grid,
    specialTokens,
    channels,
    stride,
  ];
  const of = (path: string) => placed(layerFeature(reader(VIT), 'student', path));
  t.deepEqual(of('f0'), ['tokens', [8, 4], 0, 6, 4]);
  t.deepEqual(of('f1'), ['tokens', [8, 4], 2, 6, 4]);
  t.deepEqual(of('blocks.0.attn'), ['tokens', [8, 4], 2, 6, 4]);
});

test('a model that states nothing has the grid of its first tokens, in the image’s aspect ratio', async (t) => {
  const model = await modelOf(
    { patches: [8, 6], block: [9, 6] },
    [{ tap: 'patches' }, { tap: 'block' }],
    [8, 16, 3],
  );
  const { grid, specialTokens, stride } = layerFeature(reader(model), 'student', 'f1');
  t.deepEqual([grid, specialTokens, stride], [[2, 4], 1, 4]);
});

test('stages leave out the stem and what is neither maps nor tokens', async (t) => {
  const paths = (model: Model) => stageFeatures(reader(model), 'student').map(({ path }) => path);
  t.deepEqual(paths(CNN), ['layer1', 'layer2']);
  const two = await modelOf({ a: [4, 4, 2], b: [2, 2, 4] }, [{ tap: 'a' }, { tap: 'b' }]);
  t.deepEqual(paths(two), ['a', 'b']);
  const vector = await modelOf({ a: [4, 4, 2], b: [7] }, [{ tap: 'a' }, { tap: 'b' }]);
  t.deepEqual(paths(vector), ['a']);
});

test('what has no layout, no tap or no model is refused with what helps', (t) => {
  t.throws(() => layerFeature(reader(CNN), 'student', 'pooled'), {
    code: 'KDX_TAP_SHAPE',
    message: /"pooled" of student \(made\), whose shape \[B, 8\] is neither .* e\.g\. "layer1"\.$/,
  });
  t.throws(() => layerFeature(reader(CNN), 'student', 'logits'), { code: 'KDX_TAP_SHAPE' });
  t.throws(() => layerFeature(reader(VIT), 'student', 'short'), {
    code: 'KDX_TAP_SHAPE',
    message: /\[B, 9, 6\]/,
  });
  t.throws(() => layerFeature(reader(CNN), 'student', 'f7'), {
    code: 'KDX_TAP_UNKNOWN',
    message: /f0 to f2/,
  });
  t.throws(() => layerFeature(reader(CNN), 'teacher', 'f1'), { code: 'KDX_TEACHER_MISSING' });
  t.throws(() => stageFeatures(reader(CNN), 'teacher'), { code: 'KDX_TEACHER_MISSING' });
});
