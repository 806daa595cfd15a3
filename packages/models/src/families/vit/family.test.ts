import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { naiveAttention, naiveGelu, naiveLayerNorm, naiveLinear } from '../../reference/naive.test.helper.js';
import { gap, randomImages, randomise, stateOf } from '../../reference/random-model.test.helper.js';
import { model } from '../registry.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const SMALL = 'patch=4&dim=16&depth=2&heads=2&img=8';
const small = (name = 'deit_tiny_distilled_patch16_224') => model(`${name}?${SMALL}`);

test('names and shapes are timm’s', async (t) => {
  const vit = await small().build({ classes: 5 });
  const state = await stateOf(vit);
  const expected: Record<string, number[]> = {
    cls_token: [1, 1, 16],
    dist_token: [1, 1, 16],
    pos_embed: [1, 6, 16],
    'patch_embed.proj.weight': [4, 4, 3, 16],
    'patch_embed.proj.bias': [16],
    'norm.weight': [16],
    'norm.bias': [16],
    'head.weight': [16, 5],
    'head.bias': [5],
    'head_dist.weight': [16, 5],
    'head_dist.bias': [5],
  };
  for (const block of [0, 1]) {
    Object.assign(expected, {
      [`blocks.${block}.norm1.weight`]: [16],
      [`blocks.${block}.norm1.bias`]: [16],
      [`blocks.${block}.attn.qkv.weight`]: [16, 48],
      [`blocks.${block}.attn.qkv.bias`]: [48],
      [`blocks.${block}.attn.proj.weight`]: [16, 16],
      [`blocks.${block}.attn.proj.bias`]: [16],
      [`blocks.${block}.norm2.weight`]: [16],
      [`blocks.${block}.norm2.bias`]: [16],
      [`blocks.${block}.mlp.fc1.weight`]: [16, 64],
      [`blocks.${block}.mlp.fc1.bias`]: [64],
      [`blocks.${block}.mlp.fc2.weight`]: [64, 16],
      [`blocks.${block}.mlp.fc2.bias`]: [16],
    });
  }
  t.deepEqual(Object.fromEntries([...vit.parameters].map(([name, p]) => [name, p.variable.shape])), expected);
  t.is(vit.buffers.size, 0);
  t.is(state('head.weight').length, 80);
  t.deepEqual(vit.spec.heads, ['class', 'distillation']);
  t.is(vit.spec.featureDim, 16);
  vit.dispose();
});

test('weight decay skips vectors, position embedding and class token, and takes the distillation token', async (t) => {
  const vit = await small().build({ classes: 5 });
  const decayed = [...vit.parameters.values()].filter(({ decay }) => decay).map(({ name }) => name);
  const matrices = [0, 1].flatMap((block) =>
    ['attn.qkv', 'attn.proj', 'mlp.fc1', 'mlp.fc2'].map((layer) => `blocks.${block}.${layer}.weight`),
  );
  const expected = ['dist_token', 'patch_embed.proj.weight', 'head.weight', 'head_dist.weight', ...matrices];
  t.deepEqual(decayed.sort(), expected.sort());
  vit.dispose();
});

test('the forward is that of loops in float64: tokens, block, norm, both heads', async (t) => {
  const vit = await model(`deit_tiny_distilled_patch16_224?patch=4&dim=16&depth=1&heads=2&img=8`).build({
    classes: 5,
  });
  randomise(vit, 0.3);
  const images = randomImages([2, 8, 8, 3]);
  const output = vit.forward(images, { training: false, taps: ['blocks.0', 'norm'] });
  const [logits, distilled, block, norm] = await Promise.all(
    [output.logits, output.heads.distillation, output.taps['blocks.0'], output.taps.norm].map((x) =>
      x.data(),
    ),
  );
  const pixels = (await images.array()) as number[][][][];
  const p = await stateOf(vit);
  const expected = pixels.map((image) => naiveVit(image, p));
  t.true(
    gap(
      block,
      expected.flatMap((each) => each.block.flat()),
    ) < 2e-5,
  );
  t.true(
    gap(
      norm,
      expected.flatMap((each) => each.norm.flat()),
    ) < 2e-5,
  );
  t.true(
    gap(
      logits,
      expected.flatMap((each) => each.logits),
    ) < 2e-5,
  );
  t.true(
    gap(
      distilled,
      expected.flatMap((each) => each.distilled),
    ) < 2e-5,
  );
  vit.dispose();
});

function naiveVit(image: number[][][], p: (name: string) => Float32Array) {
  const row = (name: string, index: number) => [...p(name).subarray(index * 16, index * 16 + 16)];
  const patches = [0, 1, 2, 3].map((n) => {
    const [top, left] = [4 * Math.floor(n / 2), 4 * (n % 2)];
    // PyTorch's filter runs over channel, row, column.
    return [0, 1, 2].flatMap((c) =>
      [0, 1, 2, 3].flatMap((u) => [0, 1, 2, 3].map((v) => image[top + u][left + v][c])),
    );
  });
  const embedded = naiveLinear(patches, p('patch_embed.proj.weight'), p('patch_embed.proj.bias'));
  const tokens = [row('cls_token', 0), row('dist_token', 0), ...embedded];
  let x = tokens.map((token, n) => token.map((value, i) => value + row('pos_embed', n)[i]));
  const norm = (name: string, y: number[][]) =>
    naiveLayerNorm(y, p(`${name}.weight`), p(`${name}.bias`), 1e-6);
  const layer = (name: string, y: number[][]) => naiveLinear(y, p(`${name}.weight`), p(`${name}.bias`));
  const plus = (a: number[][], b: number[][]) => a.map((line, n) => line.map((value, i) => value + b[n][i]));
  const at = 'blocks.0.';
  const attended = naiveAttention(layer(`${at}attn.qkv`, norm(`${at}norm1`, x)), 2);
  x = plus(x, layer(`${at}attn.proj`, attended));
  const hidden = layer(`${at}mlp.fc1`, norm(`${at}norm2`, x)).map((line) => line.map(naiveGelu));
  x = plus(x, layer(`${at}mlp.fc2`, hidden));
  const y = norm('norm', x);
  return { block: x, norm: y, logits: layer('head', [y[0]])[0], distilled: layer('head_dist', [y[1]])[0] };
}

test.serial('taps are there with their shapes, and only those that were asked for are kept', async (t) => {
  const vit = await small().build({ classes: 5 });
  const taps = vit.taps();
  t.deepEqual(taps.get('blocks.1'), [6, 16]);
  t.deepEqual(taps.get('blocks.0:in'), [6, 16]);
  t.deepEqual(taps.get('blocks.0.mlp.fc1'), [6, 64]);
  t.deepEqual(taps.get('patch_embed'), [4, 16]);
  t.deepEqual(taps.get('norm'), [6, 16]);
  t.deepEqual(taps.get('head:in'), [16]);
  const order = [...taps.keys()];
  t.true(order.indexOf('blocks.0') < order.indexOf('blocks.1'));
  const before = tf.memory().numTensors;
  const images = randomImages([3, 8, 8, 3]);
  const output = vit.forward(images, { training: false, taps: ['blocks.1'], logits: false });
  t.deepEqual(Object.keys(output.taps), ['blocks.1']);
  t.deepEqual(output.taps['blocks.1'].shape, [3, 6, 16]);
  t.throws(() => output.logits, { code: 'KDX_READ_UNDECLARED' });
  tf.dispose([images, output.taps]);
  t.is(tf.memory().numTensors, before);
  vit.dispose();
});

test('drop path drops only while training, and draws from the given generator', async (t) => {
  const vit = await model(`deit_tiny_patch16_224?${SMALL}&drop-path=0.9`).build({ classes: 5 });
  const images = randomImages([4, 8, 8, 3]);
  const rng = (seed: number) => (purpose: string) => keyedRng(seed, purpose);
  const run = (training: boolean, seed?: number) =>
    vit.forward(images, { training, rng: seed === undefined ? undefined : rng(seed) }).logits.dataSync();
  const evaluated = run(false);
  t.deepEqual(run(true, 1), run(true, 1));
  t.true(gap(run(true, 1), evaluated) > 1e-4);
  t.throws(() => run(true), { code: 'KDX_RNG_MISSING' });
  vit.dispose();
  const still = await model(`vit_tiny_patch16_224?${SMALL}`).build({ classes: 5 });
  const logits = (training: boolean) => still.forward(images, { training }).logits.dataSync();
  t.deepEqual(logits(true), logits(false));
  still.dispose();
});

test('the class loss teaches the class head, the distillation loss the other', async (t) => {
  const vit = await small('vit_tiny_patch16_224').adapt('distillation-token', true).build({ classes: 5 });
  const images = randomImages([2, 8, 8, 3]);
  const variable = (name: string) => vit.parameters.get(name)!.variable;
  const watched = ['head.weight', 'head_dist.weight', 'cls_token', 'dist_token'].map(variable);
  const norms = (head: string) => {
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(vit.forward(images, { training: true }).heads[head])) as tf.Scalar,
      watched,
    );
    return watched.map(({ name }) => (grads[name] ? (tf.norm(grads[name]).dataSync()[0] as number) : 0));
  };
  const [head, headDist, cls] = norms('class');
  t.true(head > 0 && cls > 0);
  t.is(headDist, 0);
  const [otherHead, otherHeadDist, , dist] = norms('distillation');
  t.is(otherHead, 0);
  t.true(otherHeadDist > 0 && dist > 0);
  vit.dispose();
});

test('patches that do not tile the image, heads that do not divide the width, and other data are refused', async (t) => {
  await t.throwsAsync(model('deit_tiny_patch16_224?img=40').build({ classes: 5 }), {
    code: 'KDX_MODEL_IMAGE_SIZE',
    message: /40×40 into patches of 16×16/,
  });
  await t.throwsAsync(model('deit_tiny_patch16_224?heads=5').build({ classes: 5 }), {
    code: 'KDX_MODEL_OPTION',
  });
  await t.throwsAsync(model('deit_tiny_patch16_224').build({ classes: 5, imageSize: [32, 32, 3] }), {
    code: 'KDX_MODEL_IMAGE_SIZE',
    message: /224×224 and the data has 32×32/,
  });
});

test('images may be oblong and grey', async (t) => {
  const vit = await model('deit_tiny_patch16_224?img=8x16&patch=4&dim=16&depth=1').build({
    classes: 3,
    imageSize: [8, 16, 1],
  });
  t.deepEqual(vit.spec.inputSize, [8, 16, 1]);
  t.deepEqual(vit.forward(randomImages([2, 8, 16, 1]), { training: false }).logits.shape, [2, 3]);
  t.deepEqual(vit.taps().get('blocks.0'), [9, 16]);
  vit.dispose();
});
