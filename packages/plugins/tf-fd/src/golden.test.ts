import { clockAt } from '@kdx/core/run';
import { layerPairs } from '@kdx/distill-ops';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { mapsOf as given, type Maps, T6 } from './golden.test.helper.js';
import {
  entropy,
  type Halves,
  halvesByRank,
  halvesByScore,
  hrank,
  interLoss,
  intraLoss,
  lp,
  mean,
  ranksOf,
  released,
  type Score,
  scale,
} from './index.js';
import { weight } from './weight.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const tensorOf = ({ shape, values }: Maps): tf.Tensor4D => tf.tensor4d([...values], [...shape]);
const mapsOf = (...channels: string[]): tf.Tensor4D => tensorOf(given(...channels));
const near = (a: number, b: number, tolerance = 1e-6): boolean => Math.abs(a - b) <= tolerance;
const loss = (maps: tf.Tensor4D, halves: Halves, stop = false): number =>
  intraLoss(maps, halves, stop).dataSync()[0];
const byHost = (scores: ArrayLike<number>): Halves => halvesByRank(tf.tensor1d(ranksOf(scores), 'int32'));
/** Channels from the most salient on. */
const order = ({ salient, redundant }: Halves): number[] => [
  ...(tf.argMax(salient, 1).arraySync() as number[]),
  ...(tf.argMax(redundant, 1).arraySync() as number[]),
];

const c = mapsOf('1 1 / 1 1', '2 0 / 0 0', '3 3 / 0 0', '1 2 / 2 4');

test('T1: scores, order and loss of one sample', (t) => {
  const scores = released(c).dataSync();
  t.true([0.5, 0.25, 0.3535534, 0.45].every((expected, i) => near(scores[i], expected)));
  const gamma = tf.tensor1d([-0.9, 0.5, 0.8, 0.1]);
  for (const [score, channels, expected] of [
    [released, [0, 3, 2, 1], 4.375],
    [lp(2), [3, 2, 0, 1], 2.625],
    [lp(1), [3, 2, 0, 1], 2.625],
    [scale(gamma), [0, 2, 1, 3], 3.625],
  ] as [Score, number[], number][]) {
    const halves = halvesByScore(score(c));
    t.deepEqual(order(halves), channels);
    t.true(near(loss(c, halves), expected));
    t.deepEqual(order(byHost(score(c).dataSync())), channels, 'on the host the same');
  }
  const cubes = lp(3)(c).dataSync();
  t.true(
    [4 ** (1 / 3), 2, 54 ** (1 / 3), 81 ** (1 / 3)].every((expected, i) => near(cubes[i], expected, 1e-5)),
  );
});

test('T1: gradients with and without a stop at the salient half', (t) => {
  const halves = halvesByScore(released(c));
  const channel = (stop: boolean, index: number): number[] => {
    const gradient = tf.grad((x) => intraLoss(x as tf.Tensor4D, halves, stop))(c);
    return [...tf.slice(gradient, [0, 0, 0, index], [1, 2, 2, 1]).dataSync()];
  };
  const onC2 = [0.5, 0.5, -0.25, -0.25];
  const onC1 = [0.25, -0.5, -0.5, -1];
  const negative = (values: number[]): number[] => values.map((value) => -value);
  t.deepEqual(channel(true, 2), onC2);
  t.deepEqual(channel(true, 1), onC1);
  for (const salient of [0, 3]) t.true(channel(true, salient).every((value) => value === 0));
  t.deepEqual(channel(false, 0), negative(onC2));
  t.deepEqual(channel(false, 3), negative(onC1));
});

test('T2: ranks of maps', (t) => {
  const d = mapsOf('1 0 / 0 1', '1 1 / 1 1', '0 0 / 0 0', '1 2 / 3 4');
  const scores = hrank(8)(d.dataSync() as Float32Array, d.shape);
  t.deepEqual([...scores], [2, 1, 0, 2]);
  t.deepEqual(order(byHost(scores)), [0, 3, 1, 2]);
  t.true(near(loss(d, byHost(scores)), 4));
});

test('T3: entropy of ten bins, the last one closed', (t) => {
  const values = Float32Array.from({ length: 10 }, (_, i) => i);
  t.true(near(entropy(10)(values, [1, 10, 1, 1])[0], Math.log(10)));
  t.true(near(entropy(10)(values, [5, 2, 1, 1])[0], Math.log(10)), 'over the images of a batch');
  t.is(entropy(10)(new Float32Array(10).fill(3), [1, 10, 1, 1])[0], 0);
});

test('T4: the deeper layer teaches the shallower', (t) => {
  const learner = tf.range(0, 16).reshape([1, 4, 4, 1]) as tf.Tensor4D;
  const target = mapsOf('0 0 / 0 0', '100 100 / 100 100');
  t.true(near(interLoss(learner, target).dataSync()[0], 73.25, 1e-4));
  const toLearner = tf.grad((x) => interLoss(x as tf.Tensor4D, target))(learner);
  t.true(near(toLearner.dataSync()[0], 0.3125));
  t.true(near(toLearner.dataSync()[15], 1.5625));
  t.throws(() => tf.grad((x) => interLoss(learner, x as tf.Tensor4D))(target), {
    message: /Cannot compute gradient/,
  });
});

const W20 = { warmup: 20, decay: null } as const;
const at = (epoch: number, epochs = 240) => clockAt([{ epochs, stepsPerEpoch: 1 }], epoch - 1);
const interMean = (layers: readonly tf.Tensor4D[], which: 'all' | 'neighbours'): number => {
  const pairs = layerPairs(layers.length, which);
  return pairs.reduce((sum, [i, j]) => sum + interLoss(layers[i], layers[j]).dataSync()[0], 0) / pairs.length;
};

test('T5: constants', (t) => {
  const layers = [
    tf.fill([1, 32, 32, 16], 1),
    tf.fill([1, 16, 16, 32], 2),
    tf.fill([1, 8, 8, 64], 4),
  ] as tf.Tensor4D[];
  for (const maps of layers) t.is(loss(maps, halvesByScore(released(maps))), 0);
  const value = interMean(layers, 'all');
  t.true(near(value, 14 / 3, 1e-5));
  t.true(near(weight('w', 0.005, W20, 240).at(at(240)) * value, 0.0233333));
  t.true(near(weight('w', 0.005, W20, 240).at(at(1)) * value, 0.00116667));
});

test('T6: end to end', (t) => {
  const layers = T6.map(tensorOf);
  t.true([310.0, 128.3, 104.2].every((sum, i) => near(tf.sum(layers[i]).dataSync()[0], sum, 1e-3)));
  for (const [[i, j], expected] of [
    [[0, 1], 0.124423828125],
    [[0, 2], 0.238876953125],
    [[1, 2], 0.311513671875],
  ] as const)
    t.true(near(interLoss(layers[i], layers[j]).dataSync()[0], expected));
  t.true(near(interMean(layers, 'all'), 0.224938151));
  t.true(near(interMean(layers, 'neighbours'), 0.21796875));

  const halves = layers.map((maps) => halvesByScore(released(maps)));
  t.deepEqual(order(halves[0]), [2, 3, 0, 1]);
  t.deepEqual(order(halves[1]), [3, 4, 5, 2, 7, 1, 0, 6]);
  const intra = layers.map((maps, i) => loss(maps, halves[i]));
  t.true([0.25890625, 0.212265625, 0.5209375].every((expected, i) => near(intra[i], expected)));
  const meanOf = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  t.true(near(meanOf(intra), 0.330703125));
  t.true(near(meanOf(layers.map((maps) => loss(maps, halvesByScore(lp(2)(maps))))), 0.3404947917));
  const regulariser = (epoch: number): number =>
    weight('w', 0.005, W20, 240).at(at(epoch)) * interMean(layers, 'all') +
    weight('w', 0.0004, W20, 240).at(at(epoch)) * meanOf(intra);
  t.true(near(regulariser(240), 0.00125697201, 1e-9));
  t.true(near(regulariser(5), 0.000314243, 1e-9));
});

test('T7: what changes nothing', (t) => {
  const maps = tf.randomUniform([2, 4, 4, 6], 0.1, 1, 'float32', 3) as tf.Tensor4D;
  const value = loss(maps, halvesByScore(released(maps)));
  const permuted = tf.gather(maps, [3, 0, 5, 1, 4, 2], 3) as tf.Tensor4D;
  t.true(near(loss(permuted, halvesByScore(released(permuted))), value));
  const scaled = tf.mul(maps, tf.tensor1d([1, 7, 0.1, 3, 2, 0.5])) as tf.Tensor4D;
  t.deepEqual(order(halvesByScore(released(scaled))), order(halvesByScore(released(maps))));
  t.notDeepEqual(order(halvesByScore(lp(2)(scaled))), order(halvesByScore(lp(2)(maps))));
  const equal = tf.tile(tf.slice(maps, [0, 0, 0, 0], [2, 4, 4, 1]), [1, 1, 1, 6]) as tf.Tensor4D;
  t.is(loss(equal, halvesByScore(mean(equal))), 0);
  t.deepEqual(order(halvesByScore(mean(equal))), [0, 1, 2, 3, 4, 5], 'of equal scores the lower index first');
});

test('an odd channel count leaves the last-ranked channel out', (t) => {
  const odd = mapsOf('1 1 / 1 1', '5 5 / 5 5', '3 3 / 3 3');
  t.deepEqual(order(halvesByScore(mean(odd))), [1, 2]);
  t.is(loss(odd, halvesByScore(mean(odd))), 4);
});

test('T8: warm-up and early decay', (t) => {
  const w = weight('w', 1, W20, 240);
  t.true([1, 10, 20, 240].every((epoch, i) => near(w.at(at(epoch)), [0.05, 0.5, 1, 1][i])));
  const d = weight('w', 1, { warmup: 0, decay: { factor: 0.9, every: 30 } }, 100);
  t.true([1, 29, 30, 60, 90].every((epoch, i) => near(d.at(at(epoch, 100)), [1, 1, 0.9, 0.81, 0.729][i])));
  t.true(
    near(weight('w', 1, { warmup: undefined, decay: null }, 240).at(at(10)), 0.5),
    '20 of 240 by default',
  );
  t.is(
    weight('w_intra', 0.0004, { warmup: undefined, decay: null }, 30).text,
    'w_intra(e) = 0.0004 · min(1, (e+1)/2.5)',
  );
});
