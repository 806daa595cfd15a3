import { model } from '@kdx/models';
import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { adiLoss } from './adi.js';
import { type BatchNormLayer, batchNormDistance, batchNormsOf } from './batch-norm-distance.js';
import {
  boundaryDivergence,
  classPairs,
  divergenceLoss,
  pushDivergence,
  tripletDivergence,
} from './divergence.js';
import { meanImageNorm, totalVariationL1, totalVariationL2 } from './prior.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const near = (t: ExecutionContext, found: tf.Tensor, expected: number, tolerance = 2e-6) => {
  const [value] = found.dataSync();
  t.true(
    Math.abs(value - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${value} for ${expected}`,
  );
};
const zero = (t: ExecutionContext, x: tf.Tensor) => t.true(x.dataSync().every((value) => value === 0));

const G13 = tf.tensor4d([1, 2, 3, 5], [1, 2, 2, 1]);

test('G13: total variation and norm of one image', (t) => {
  near(t, totalVariationL2(G13), 10.84161925);
  near(t, totalVariationL1(G13), 9);
  near(t, meanImageNorm(G13), 6.244998);
});

test('G13: of a batch, one norm per difference, one norm per image', (t) => {
  const batch = tf.concat([G13, tf.mul(G13, 2)]) as tf.Tensor4D;
  near(t, totalVariationL2(batch), 24.24259764);
  near(t, totalVariationL1(batch), 13.5);
  near(t, meanImageNorm(batch), 9.367497);
});

test('G13: a constant image has no variation and no gradient that is not a number', (t) => {
  const images = tf.fill([2, 3, 4, 3], 0.7) as tf.Tensor4D;
  for (const variation of [totalVariationL2, totalVariationL1]) {
    near(t, variation(images), 0);
    zero(t, tf.grad((x) => variation(x as tf.Tensor4D))(images));
  }
  zero(t, tf.grad((x) => meanImageNorm(x as tf.Tensor4D))(tf.zeros([2, 3, 3, 1])));
});

test('G13: a checkerboard varies to the right and down, and not along diagonals', (t) => {
  const board = tf.tensor4d(
    Array.from({ length: 16 }, (_, at) => ((at >> 2) + at) % 2),
    [1, 4, 4, 1],
  );
  near(t, totalVariationL2(board), 2 * 3.46410162);
});

test('total variation refuses images without neighbours', (t) => {
  t.throws(() => totalVariationL2(tf.zeros([1, 1, 4, 3])), { code: 'KDX_SHAPE', instanceOf: KdxError });
});

/** Sample 0: channels [1, 0], [3, 0]; sample 1: [5, 2], [7, 4]. */
const G14 = tf.tensor4d([1, 0, 3, 0, 5, 2, 7, 4], [2, 1, 2, 2]);
const layer = (mean: number[], variance: number[], path = 'bn'): BatchNormLayer => ({
  path,
  tap: `${path}:in`,
  mean: tf.tensor1d(mean),
  variance: tf.tensor1d(variance),
});
const of = (x: tf.Tensor, layers: BatchNormLayer[], firstMultiplier?: number) =>
  batchNormDistance(Object.fromEntries(layers.map(({ tap }) => [tap, x])), layers, { firstMultiplier });

test('G14: distance of batch-norm statistics', (t) => {
  const away = layer([3, 1], [4, 2]);
  near(t, of(G14, [away], 1), 2.36803399);
  near(t, of(G14, [away], 10), 23.6803399);
  near(t, of(G14, [away]), 23.6803399);
  near(t, of(G14, [away, layer([3, 1], [4, 2], 'next')]), 11 * 2.36803399);
});

test('of layers that differ, each counts with its own input, and the first of them with the multiplier', (t) => {
  const first = layer([3, 1], [4, 2]);
  // The moments of 2 · G14 are (8, 3) and (20, 11); they are away from these by ‖(3, −4)‖ = 5 and ‖(12, 5)‖ = 13.
  const last = layer([5, 7], [8, 6], 'last');
  const taps = { 'bn:in': G14, 'last:in': tf.mul(G14, 2) };
  for (const [layers, expected] of [
    [[first, last], 10 * 2.36803399 + 18],
    [[last, first], 10 * 18 + 2.36803399],
  ] as const) {
    near(t, batchNormDistance(taps, layers), expected);
    near(t, batchNormDistance(taps, layers, { firstMultiplier: 1 }), 20.36803399);
  }
});

test('G14: statistics that match are at distance 0, with a gradient of 0', (t) => {
  const same = layer([4, 1.5], [5, 2.75]);
  near(t, of(G14, [same]), 0);
  zero(t, tf.grad((x) => of(x, [same]))(G14));
});

test('batch norms come in the order of the forward, the stem’s first, with the taps of their inputs', async (t) => {
  const resnet = await model('cifar_resnet8?img=8').build({ classes: 3 });
  const layers = batchNormsOf(resnet);
  t.deepEqual(
    layers.map(({ path }) => path),
    [
      'bn1',
      ...['layer1.0.bn1', 'layer1.0.bn2'],
      ...['layer2.0.bn1', 'layer2.0.bn2', 'layer2.0.downsample.1'],
      ...['layer3.0.bn1', 'layer3.0.bn2', 'layer3.0.downsample.1'],
    ],
  );
  for (const { tap, mean, variance } of layers) {
    t.deepEqual(resnet.taps().get(tap)?.at(-1), mean.size);
    t.is(mean.size, variance.size);
  }
  t.true(layers[0].variance === resnet.buffers.get('bn1.running_var')?.variable);
  resnet.dispose();
});

test('a network without batch norm is refused by name, with what goes without', async (t) => {
  const vit = await model('deit_tiny_patch16_224?img=32&patch=8&depth=1').build({ classes: 3 });
  t.throws(() => batchNormsOf(vit), {
    code: 'KDX_INVERT_NO_BATCH_NORM',
    message: /deit_tiny.*--set weights\.batchNorm=0/,
  });
  vit.dispose();
});

test('G16: adaptive inversion, as the code has it and as the paper', (t) => {
  const student = tf.tensor2d([[0, 1, 0.5]]);
  const teacher = tf.tensor2d([[2, 0, -1]]);
  near(t, adiLoss(student, teacher), 0.96522698);
  near(t, adiLoss(student, teacher, { form: 'paper' }), 0.96616401);
  near(t, adiLoss(teacher, teacher), 1);
  near(t, adiLoss(tf.tensor2d([[300, 0]]), tf.tensor2d([[0, 300]])), 0);
});

const angles = (...radians: number[]) =>
  tf.tensor2d(radians.map((a) => [Math.cos(a), Math.sin(a)])) as tf.Tensor2D;
const G17 = angles(0, 0.2, 0.5, Math.PI / 2, 1.8);
const LABELS = [0, 0, 0, 1, 1];

test('G17: boundary-preserving intra-divergence', (t) => {
  const pairs = classPairs(LABELS);
  near(t, boundaryDivergence(G17, pairs), 0.55513372);
  near(t, boundaryDivergence(G17, pairs, { margin: 0.2 }), 0.75513372);
  near(t, boundaryDivergence(tf.mul(G17, [[1], [2], [30], [0.1], [5]]), pairs), 0.55513372);
  near(t, tripletDivergence(G17, pairs), 0);
  near(t, divergenceLoss(G17, pairs, { kind: 'boundary', margin: 0.2 }), 0.75513372);
  pairs.dispose();
});

test('G17: each anchor’s share, by its weight', (t) => {
  const pairs = classPairs(LABELS);
  [0.81454673, 0.66629578, 0.32149079, 0.39166476, 0.58167052].forEach((expected, i) => {
    const anchorWeights = tf.tensor1d(LABELS.map((_, j) => Number(j === i)));
    near(t, boundaryDivergence(G17, { ...pairs, anchorWeights }), expected);
  });
  pairs.dispose();
});

test('the boundary counts where the classes touch, and push minds no boundary', (t) => {
  const pairs = classPairs(LABELS);
  // [df − dn + 1]₊ of the distances in G17.
  const boundary = [1 - 0.91940564, 1 - 0.96708635, 1 - 0.52555913, 1 - 0.79166476, 1 - 0.98167052];
  const mean = boundary.reduce((sum, value) => sum + value, 0) / 5;
  near(t, tripletDivergence(G17, pairs, { boundaryMargin: 1 }), mean);
  near(t, boundaryDivergence(G17, pairs, { boundaryMargin: 1, boundaryWeight: 3 }), 0.55513372 + 3 * mean);
  const dp = [0.19966683, 0.19966683, 0.29887626, 0.22870229, 0.22870229];
  near(t, pushDivergence(G17, pairs), 1 - dp.reduce((sum, value) => sum + value, 0) / 5);
  near(t, pushDivergence(G17, pairs, { limit: 0.25 }), (2 * 0.05033317 + 2 * 0.02129771) / 5);
  pairs.dispose();
});

test('G17: without a mate or without another class there is no loss, and a gradient of 0', (t) => {
  for (const labels of [
    [0, 0, 0, 0, 0],
    [0, 1, 2, 3, 4],
  ]) {
    const pairs = classPairs(labels);
    t.is(pairs.anchors, 0);
    for (const kind of ['boundary', 'triplet'] as const) {
      near(t, divergenceLoss(G17, pairs, { kind }), 0);
      zero(t, tf.grad((x) => divergenceLoss(x as tf.Tensor2D, pairs, { kind }))(G17));
    }
    pairs.dispose();
  }
  const alone = classPairs([0, 1, 2, 3, 4]);
  near(t, pushDivergence(G17, alone), 0);
  zero(t, tf.grad((x) => pushDivergence(x as tf.Tensor2D, alone))(G17));
  alone.dispose();
});

test('G17: the hardest negative gets no gradient from the divergence', (t) => {
  const pairs = classPairs(LABELS);
  // Of anchor 2 alone; its nearest mate is 1, its hardest negative 3.
  const anchorWeights = tf.tensor1d([0, 0, 1, 0, 0]);
  const gradient = (boundaryMargin: number) =>
    tf
      .grad((x) => boundaryDivergence(x as tf.Tensor2D, { ...pairs, anchorWeights }, { boundaryMargin }))(G17)
      .arraySync() as number[][];
  const divergence = gradient(0);
  t.deepEqual(divergence[3], [0, 0]);
  t.deepEqual(divergence[0], [0, 0]);
  t.true(divergence[1].some((value) => Math.abs(value) > 0.1));
  t.true(
    gradient(1)[3].some((value) => Math.abs(value) > 0.1),
    'the boundary does draw on it',
  );
  pairs.dispose();
});

test('of equal distances the first image counts', (t) => {
  // 0's mates 1 and 2 are as near as each other, its negatives 3 and 4 too.
  const features = angles(0, 0.3, -0.3, 1, -1);
  const pairs = classPairs([0, 0, 0, 1, 1]);
  const anchorWeights = tf.tensor1d([1, 0, 0, 0, 0]);
  const gradient = tf
    .grad((x) =>
      boundaryDivergence(
        x as tf.Tensor2D,
        { ...pairs, anchorWeights },
        { boundaryMargin: 1, boundaryWeight: 2 },
      ),
    )(features)
    .arraySync() as number[][];
  const moved = gradient.map((row) => row.some((value) => value !== 0));
  t.deepEqual(moved, [true, true, false, true, false]);
  pairs.dispose();
});

test('the losses and the pairs leave nothing behind', (t) => {
  const features = tf.clone(G17);
  const before = tf.memory().numTensors;
  const pairs = classPairs(LABELS);
  tf.tidy(() => {
    for (const kind of ['boundary', 'push', 'triplet'] as const) divergenceLoss(features, pairs, { kind });
  });
  t.is(tf.memory().numTensors, before + 4, 'pairs outlive a scope');
  pairs.dispose();
  t.is(tf.memory().numTensors, before);
});
