import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Model } from '@kdx/core';
import { exportState, keyedRng, valueAndGradients, writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { describeDefinition } from '../../network/describe.js';
import { gap, randomImages, randomise, stateOf } from '../../reference/random-model.test.helper.js';
import { readWeightsInfo } from '../../weights/peek.js';
import { saveWeights } from '../../weights/save.js';
import { findDefinition, model } from '../registry.js';
import { attentionDistances } from './attention-distances.js';

let folder: string;

test.before(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'kdx-mhca-'));
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

const SMALL = 'patch=4&dim=16&depth=3&heads=2&img=12x8';
const small = (more = '', name = 'deit_tiny_distilled_patch16_224') => model(`${name}?${SMALL}${more}`);
const images = (count = 2) => randomImages([count, 12, 8, 3]);
const rng = (purpose: string) => keyedRng(2, purpose);
const logits = (vit: Model, training = false) =>
  vit.forward(images(), { training, ...(training && { rng }) }).logits.dataSync();

const count = (name: string, options?: Record<string, unknown>) =>
  describeDefinition(findDefinition(name), { options }).parameters;

test('each block costs three parameters a head: 9, 18 and 36 (spec of DearKD §2.3)', (t) => {
  for (const [size, each] of [
    ['tiny', 9],
    ['small', 18],
    ['base', 36],
  ] as const) {
    const name = `deit_${size}_distilled_patch16_224`;
    for (const mhca of [0, 1, 4, 12]) t.is(count(name, { mhca }), count(name) + mhca * each);
    t.is(count(name, { mhca: 2, 'mhca-mode': 'gated' }), count(name) + (2 * each * 4) / 3);
  }
});

test('auto is a third of the blocks', (t) => {
  for (const [depth, blocks] of [
    [12, 4],
    [8, 3],
    [7, 2],
    [6, 2],
    [5, 2],
    [4, 1],
    [1, 1],
  ]) {
    const name = 'deit_tiny_patch16_224';
    t.is(count(name, { depth, mhca: 'auto' }), count(name, { depth }) + 9 * blocks);
  }
});

test('it is in the first blocks alone, and its parameters are not decayed', async (t) => {
  const [plain, vit] = await Promise.all(
    [small(), small('&mhca=2')].map((each) => each.build({ classes: 5 })),
  );
  const added = [...vit.parameters.values()].filter(({ name }) => !plain.parameters.has(name));
  t.deepEqual(
    added.map(({ name, variable, decay }) => [name, variable.shape, decay]),
    [0, 1].map((block) => [`blocks.${block}.attn.rpe.weight`, [2, 3], false]),
  );
  const [before, after] = await Promise.all([plain, vit].map(stateOf));
  for (const name of plain.parameters.keys()) t.deepEqual(before(name), after(name), name);
  plain.dispose();
  vit.dispose();
});

test('a plugin adapts a student, and its name says so, in either order with the token', (t) => {
  const plain = model('deit_tiny_patch16_224?img=32&patch=4');
  t.true(plain.supports.includes('convolutional-attention'));
  const adapted = plain.adapt('convolutional-attention', { blocks: 2 });
  t.is(adapted.name, 'deit_tiny_patch16_224?patch=4&mhca=2&img=32');
  t.is(adapted.adapt('convolutional-attention', { blocks: 2 }), adapted);
  t.is(plain.name, 'deit_tiny_patch16_224?patch=4&img=32');
  for (const name of ['deit_tiny_patch16_224', 'vit_small_patch16_224']) {
    const asked = { blocks: 'auto', dropout: 0.2, dropoutOn: 'attention', mode: 'gated' } as const;
    const one = model(name).adapt('distillation-token', true).adapt('convolutional-attention', asked);
    const other = model(name).adapt('convolutional-attention', asked).adapt('distillation-token', true);
    t.is(one.name, other.name);
    t.true(one.name.includes('?mhca=auto&mhca-dropout=0.2&mhca-dropout-on=attention&mhca-mode=gated'));
    t.is(model(one.name).name, one.name);
  }
});

test('what is not asked for stays as the name says; what contradicts it is refused', (t) => {
  const named = model('deit_tiny_patch16_224?mhca=3&mhca-dropout=0.3');
  t.is(
    named.adapt('convolutional-attention', { blocks: 3, mode: 'gated' }).name,
    `${named.name}&mhca-mode=gated`,
  );
  t.throws(() => named.adapt('convolutional-attention', { blocks: 4 }), {
    code: 'KDX_MODEL_OPTION',
    message:
      /"mhca".*it is 3, and a plugin asks for 4 by the adaptation "convolutional-attention"; leave it out/,
  });
  t.throws(() => model('cifar_resnet20').adapt('convolutional-attention', { blocks: 1 }), {
    code: 'KDX_ADAPT_UNSUPPORTED',
  });
  t.throws(() => model('deit_tiny_patch16_224?convolutional-attention=2'), { code: 'KDX_MODEL_OPTION' });
});

test('more blocks than there are, and other values that cannot be, are refused', async (t) => {
  await t.throwsAsync(small('&mhca=4').build({ classes: 5 }), {
    code: 'KDX_MODEL_OPTION',
    message: /it is 4, and there are only depth = 3 blocks/,
  });
  for (const bad of [
    'mhca=-1',
    'mhca=1.5',
    'mhca=all',
    'mhca-dropout=1',
    'mhca-mode=added',
    'mhca-dropout-on=x',
  ]) {
    t.throws(() => model(`deit_tiny_patch16_224?${bad}`), { code: 'KDX_MODEL_OPTION' }, bad);
  }
});

test('weights of a plain DeiT load into it; position weights keep their initial values', async (t) => {
  const file = join(folder, 'plain.safetensors');
  const plain = await small().build({ classes: 5, seed: 1 });
  randomise(plain);
  await saveWeights(plain, file);
  const vit = await small('&mhca=2').from(file).build({});
  const state = await stateOf(vit);
  const before = await stateOf(plain);
  for (const name of plain.parameters.keys()) t.deepEqual(state(name), before(name), name);
  for (const block of [0, 1]) {
    const position = vit.parameters.get(`blocks.${block}.attn.rpe.weight`)!.variable;
    t.deepEqual([...state(`blocks.${block}.attn.rpe.weight`)], [-1, 0, 0, -1, 0, 2]);
    position.assign(tf.zerosLike(position));
  }
  t.deepEqual(logits(vit), logits(plain), 'with v = 0 it is the plain DeiT');
  plain.dispose();
  vit.dispose();
});

test('all else stays strict: a file of fewer blocks or of another mode, or one that lacks more', async (t) => {
  const saved = async (name: string, without = '', more = '') => {
    const vit = await small(more).build({ classes: 5 });
    const state = await exportState(vit.parameters, vit.buffers);
    state.delete(without);
    await writeSafetensors(join(folder, name), state);
    vit.dispose();
    return join(folder, name);
  };
  const refused = async (more: string, file: string, message: RegExp) => {
    await t.throwsAsync(small(more).from(file).build({}), { code: 'KDX_WEIGHTS_MISMATCH', message });
  };
  await refused(
    '&mhca=2',
    await saved('one', '', '&mhca=1'),
    /lacks 1 tensor: "blocks\.1\.attn\.rpe\.weight"/,
  );
  await refused(
    '&mhca=1&mhca-mode=gated',
    join(folder, 'one'),
    /lacks 1 tensor: "blocks\.0\.attn\.rpe\.gate"/,
  );
  await refused('', join(folder, 'one'), /unknown 1 tensor: "blocks\.0\.attn\.rpe\.weight"/);
  await refused('&mhca=2', await saved('less', 'norm.bias'), /lacks 1 tensor: "norm\.bias"/);
});

test('a saved one loads by the name that its file says', async (t) => {
  const file = join(folder, 'again.safetensors');
  const vit = await small()
    .adapt('convolutional-attention', { blocks: 2, mode: 'gated' })
    .build({ classes: 5 });
  randomise(vit);
  await saveWeights(vit, file);
  const { model: name } = await readWeightsInfo(file);
  t.regex(name as string, /mhca=2&mhca-mode=gated/);
  const again = await model(name as string)
    .from(file)
    .build({});
  t.deepEqual(again.spec, vit.spec);
  t.deepEqual(logits(again), logits(vit));
  vit.dispose();
  again.dispose();
});

test('dropout is on while training, the same again for the same step', async (t) => {
  const build = (more: string) => small(`&drop-path=0&mhca=2${more}`).build({ classes: 5 });
  const [vit, still] = await Promise.all([build(''), build('&mhca-dropout-on=none')]);
  t.deepEqual(logits(vit), logits(still));
  t.deepEqual(logits(still, true), logits(still));
  t.deepEqual(logits(vit, true), logits(vit, true));
  t.true(gap(logits(vit, true), logits(vit)) > 1e-6);
  vit.dispose();
  still.dispose();
});

test('training that goes on from a file ends in the same bytes', async (t) => {
  const recipe = small('&mhca=2&mhca-mode=gated');
  const step = (vit: Model, number: number) => {
    const variables = [...vit.parameters.values()].map(({ variable }) => variable);
    const rng = (purpose: string) => keyedRng(7, 'student', number, purpose);
    tf.tidy(() => {
      const loss = () =>
        tf.sum(tf.square(vit.forward(images(), { training: true, rng }).logits)) as tf.Scalar;
      const { gradients } = valueAndGradients(loss, variables);
      variables.forEach((variable, i) => {
        if (gradients[i]) variable.assign(tf.sub(variable, tf.mul(gradients[i] as tf.Tensor, 0.1)));
      });
    });
  };
  const whole = await recipe.build({ classes: 5 });
  const begun = await recipe.build({ classes: 5 });
  for (const number of [0, 1, 2]) step(whole, number);
  step(begun, 0);
  const file = join(folder, 'begun.safetensors');
  await saveWeights(begun, file);
  const resumed = await recipe.from(file).build({ seed: 9 });
  for (const number of [1, 2]) step(resumed, number);
  const [expected, found, start] = await Promise.all([whole, resumed, begun].map(stateOf));
  for (const name of whole.parameters.keys()) t.deepEqual(found(name), expected(name), name);
  t.notDeepEqual(found('blocks.1.attn.rpe.weight'), start('blocks.1.attn.rpe.weight'));
  for (const each of [whole, begun, resumed]) each.dispose();
});

test('distances are those of the tapped weights, however many images a forward has', async (t) => {
  const vit = await small('&mhca=1').build({ classes: 5 });
  randomise(vit, 0.3);
  const x = images(3);
  const found = await attentionDistances(vit, x, { batch: 2 });
  const options = { training: false, taps: ['blocks.0.attn.weights', 'blocks.2.attn.weights'] };
  const { taps } = vit.forward(x, options);
  const [T, S, columns] = [8, 2, 2];
  for (const block of [0, 2]) {
    const weights = (await taps[`blocks.${block}.attn.weights`].array()) as number[][][][];
    const expected = [0, 1].map((head) => {
      let sum = 0;
      for (const image of weights) {
        for (let i = S; i < T; i += 1) {
          for (let j = S; j < T; j += 1) {
            const rows = Math.floor((i - S) / columns) - Math.floor((j - S) / columns);
            sum += image[head][i][j] * Math.hypot(rows, ((i - S) % columns) - ((j - S) % columns));
          }
        }
      }
      return sum / (3 * (T - S));
    });
    t.true(gap(found[block], expected) < 1e-6);
  }
  t.is(found.length, 3);
  vit.dispose();
});

test.serial('measuring leaves nothing behind, and sees position at work', async (t) => {
  const [plain, steep] = await Promise.all(
    [small(), small('&mhca=3')].map((each) => each.build({ classes: 5 })),
  );
  for (const [name, { variable }] of steep.parameters) {
    if (name.endsWith('rpe.weight'))
      tf.tidy(() => variable.assign(tf.tensor2d([-50, 0, 0, -50, 0, 0], [2, 3])));
  }
  const x = images();
  plain.taps();
  steep.taps();
  const { numTensors } = tf.memory();
  const [near, even] = [await attentionDistances(steep, x), await attentionDistances(plain, x)];
  t.is(tf.memory().numTensors, numTensors);
  // Initially content says next to nothing: a plain head attends evenly, over 8 tokens, 6 of them patches.
  const distances = [0, 1, 2].flatMap((r) =>
    [0, 1].flatMap((c) => [0, 1, 2].flatMap((u) => [0, 1].map((v) => Math.hypot(r - u, c - v)))),
  );
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / 6 / 8;
  for (const head of even.flat()) t.true(Math.abs(head - mean) < 0.02, `${head} of ${mean}`);
  // exp(−50) is left for neighbours, and a third for itself beside the two special tokens.
  for (const head of near.flat()) t.true(head < 1e-6, `${head}`);
  const [whole] = (await attentionDistances(plain, x, { renormalize: true })).flat();
  t.true(Math.abs(whole - (mean * 8) / 6) < 0.02);
  plain.dispose();
  steep.dispose();
});

test('what cannot be measured is refused: no batch, no images, images of another size', async (t) => {
  const vit = await small().build({ classes: 5 });
  const refused = (x: tf.Tensor4D, message: RegExp, batch?: number) =>
    t.throwsAsync(attentionDistances(vit, x, { batch }), { code: 'KDX_MODEL_ATTENTION', message });
  for (const batch of [0, -1, 1.5, Number.NaN])
    await refused(
      images(),
      /^The attention of ".*" cannot be measured on \S+ images per forward; .* from 1 on\.$/,
      batch,
    );
  await refused(tf.zeros([0, 12, 8, 3]), /on no images; give one or more\.$/);
  for (const shape of [
    [2, 8, 12, 3],
    [2, 12, 8, 1],
    [2, 24, 8, 3],
  ] as const)
    await refused(tf.zeros([...shape]), /on images \[2, \d+, \d+, \d\]; it takes \[B, 12, 8, 3\]\.$/);
  await refused(tf.zeros([12, 8, 3]) as unknown as tf.Tensor4D, /on images \[12, 8, 3\]; it takes/);
  vit.dispose();
});

test('a model without attention is refused', async (t) => {
  const cnn = await model('convnet?width=2').build({ classes: 3, imageSize: [12, 8, 3] });
  await t.throwsAsync(attentionDistances(cnn, images()), {
    code: 'KDX_MODEL_ATTENTION',
    message: /"convnet\?width=2".*no tap "blocks\.0\.attn\.weights"/,
  });
  cnn.dispose();
});
