import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { model } from '../families/registry.js';
import { stateOf } from '../reference/random-model.test.helper.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const OPTIONS = 'patch=4&dim=16&depth=1&img=8';

test('the distillation token is one adaptation, asked for once or twice', (t) => {
  const plain = model(`deit_tiny_patch16_224?${OPTIONS}`);
  const distilled = plain.adapt('distillation-token', true);
  t.is(distilled.name, `deit_tiny_distilled_patch16_224?${OPTIONS}`);
  t.is(distilled.adapt('distillation-token', true), distilled);
  t.is(plain.name, `deit_tiny_patch16_224?${OPTIONS}`);
  t.true(Object.isFrozen(plain));
  const vit = model('vit_tiny_patch16_224').adapt('distillation-token', true);
  t.is(vit.name, 'vit_tiny_patch16_224?distillation-token=true');
  t.is(model(vit.name).adapt('distillation-token', true).name, vit.name);
});

test('a CNN refuses the distillation token and says what to do', (t) => {
  const error = t.throws(() => model('cifar_resnet20').adapt('distillation-token', true), {
    code: 'KDX_ADAPT_UNSUPPORTED',
  });
  t.regex(
    error!.message,
    /"cifar_resnet20" cannot take the adaptation "distillation-token".*Choose a student/,
  );
});

test('one seed gives one model, another seed another', async (t) => {
  const recipe = model(`deit_tiny_patch16_224?${OPTIONS}`);
  const [a, b, c] = await Promise.all([7, 7, 8].map((seed) => recipe.build({ classes: 4, seed })));
  const [first, again, other] = await Promise.all([a, b, c].map(stateOf));
  for (const name of a.parameters.keys()) t.deepEqual(first(name), again(name), name);
  t.notDeepEqual(first('head.weight'), other('head.weight'));
  t.notDeepEqual(first('blocks.0.attn.qkv.weight'), other('blocks.0.attn.qkv.weight'));
  for (const each of [a, b, c]) each.dispose();
});

test('adding the token moves no other weight', async (t) => {
  const recipe = model(`deit_tiny_patch16_224?${OPTIONS}`);
  const plain = await recipe.build({ classes: 4, seed: 3 });
  const distilled = await recipe.adapt('distillation-token', true).build({ classes: 4, seed: 3 });
  const [before, after] = await Promise.all([plain, distilled].map(stateOf));
  for (const name of plain.parameters.keys()) {
    if (name !== 'pos_embed') t.deepEqual(before(name), after(name), name);
  }
  const added = [...distilled.parameters.keys()].filter((name) => !plain.parameters.has(name));
  t.deepEqual(added.sort(), ['dist_token', 'head_dist.bias', 'head_dist.weight']);
  plain.dispose();
  distilled.dispose();
});

test('the spec says what was built', async (t) => {
  const built = await model('convnet?width=4&stages=2').build({
    classes: 3,
    imageSize: [20, 24, 1],
    mean: [0.3],
    std: [0.2],
  });
  t.deepEqual(built.spec, {
    name: 'convnet?width=4&stages=2',
    inputSize: [20, 24, 1],
    classes: 3,
    featureDim: 8,
    classHead: 'fc.weight',
    heads: ['class'],
    features: [
      { tap: 'layer1', layout: 'maps', scale: 'layer1.bn.weight' },
      { tap: 'layer2', layout: 'maps', scale: 'layer2.bn.weight' },
    ],
    parameterCount: 9 * (1 * 4 + 4 * 8) + 2 * (4 + 8) + (8 * 3 + 3),
    mean: [0.3],
    std: [0.2],
  });
  built.dispose();
});

test.serial('two runs’ models live in one process, and a disposed one leaves nothing behind', async (t) => {
  const before = tf.memory().numTensors;
  const recipe = model('convnet?width=4');
  const [a, b] = await Promise.all([recipe.build({ classes: 3 }), recipe.build({ classes: 3 })]);
  a.dispose();
  t.notThrows(() => b.parameters.get('fc.weight')!.variable.dataSync());
  b.dispose();
  t.is(tf.memory().numTensors, before);
});

test.serial('a build that fails leaves nothing behind', async (t) => {
  const before = tf.memory().numTensors;
  await t.throwsAsync(model('deit_tiny_patch16_224?img=40').build({ classes: 3 }));
  t.is(tf.memory().numTensors, before);
});
