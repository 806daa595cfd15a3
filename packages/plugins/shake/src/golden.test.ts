import { crossEntropy } from '@kdx/nn';
import { keyedRng, type Parameter, ParameterStore } from '@kdx/tensor';
import { near, step } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { H, S, T } from './golden.test.helper.js';
import {
  inheritLoss,
  learnEachFrom,
  learnFrom,
  normalizeLogits,
  type ShakeOptions,
  shake,
  teacherSideShadow,
} from './index.js';

test.before(() => tf.setBackend('cpu'));

/** The released code's scale, which is not π. */
const SCALE = Number('3.1415');
const LABELS = [0, 3];
const [s, t, h] = [S, T, H].map((rows) => tf.tensor2d(rows));
const y = tf.oneHot(LABELS, 4) as tf.Tensor2D;
const value = (loss: tf.Scalar): number => loss.dataSync()[0];

test('S1: cross-entropy and divergences', (test) => {
  test.true(near(value(crossEntropy(s, y)), 0.5333565368));
  test.true(near(value(crossEntropy(h, y)), 0.7758162388));
  test.true(near(value(learnFrom(s, t, 1)), 0.3162858875));
  test.true(near(value(learnFrom(s, t, 4)), 0.9037391489));
  test.true(near(value(learnFrom(s, s, 4)), 0));
});

test('S2: the submission’s terms on plain logits', (test) => {
  const reverse = value(learnFrom(h, s, 4));
  const forward = value(learnFrom(s, h, 4));
  const inherit = value(inheritLoss('kl', h, t, 4));
  test.true(near(reverse, 0.58541781));
  test.true(near(forward, 0.5767222409));
  test.true(near(inherit, 1.133382893));
  test.true(near(value(inheritLoss('mse', h, t, 4)), 2.75));
  const ce = value(crossEntropy(s, y));
  test.true(near(ce + forward, 1.1100787777));
  test.true(near(inherit + reverse, 1.718800703));
  test.true(near(ce + inherit + 0.5 * (forward + reverse), 2.2478094553));
});

test('S3: the official terms on normalised logits', (test) => {
  const [n, m, k] = [s, t, h].map((x) => normalizeLogits(x, SCALE));
  test.true(
    near([...n.dataSync()], [4.214764, 1.404921, -1.404921, -4.214764, 0, 0, -4.442751, 4.442751], 3e-6),
  );
  const parts = [
    crossEntropy(n, y),
    learnFrom(k, n, 4),
    learnFrom(n, k, 4),
    crossEntropy(k, y),
    inheritLoss('mse', k, m, 4),
  ].map(value);
  const expected = [0.0427400859, 2.6233300208, 2.5787949181, 1.4379455446, 7.8251614469];
  test.true(near(parts, expected, 2e-6), String(parts));
  test.true(near(value(learnFrom(n, m, 4)), 1.2542615678));
  for (const [scale, total] of [
    [SCALE, 14.5079720163],
    [3, 13.3768929],
    [1, 2.745099157],
  ] as const) {
    const [n, m, k] = [s, t, h].map((x) => normalizeLogits(x, scale));
    const losses = [crossEntropy(n, y), learnFrom(k, n, 4), learnFrom(n, k, 4), crossEntropy(k, y)];
    const sum = [...losses, inheritLoss('mse', k, m, 4)].reduce((all, loss) => all + value(loss), 0);
    test.true(near(sum, total, 5e-6), `${scale}: ${sum}`);
  }
});

test('S4: what the student learns of its shadow', (test) => {
  const gradient = tf.grad((x) => learnFrom(x, h, 4))(s);
  test.true(
    near(
      [...gradient.dataSync()],
      [0.154809, -0.154809, 0.093897, -0.093897, 0.083755, 0.174118, -0.025135, -0.232738],
    ),
  );
  test.throws(() => tf.grad((x) => learnFrom(s, x, 4))(h), { message: /Cannot compute gradient/ });
});

test('S6: normalised logits forget scale and shift', (test) => {
  const moved = tf.add(tf.mul(s, 7), tf.tensor2d([[3], [-2]])) as tf.Tensor2D;
  test.true(near([...normalizeLogits(moved, 3).dataSync()], [...normalizeLogits(s, 3).dataSync()], 1e-5));
  test.deepEqual(tf.argMax(normalizeLogits(s, 3), 1).arraySync(), tf.argMax(s, 1).arraySync());
});

/** The head of a teacher's stages, built on its own, with its numbers to learn. */
function built(shapes: readonly (readonly number[])[], classes = 100) {
  const store = new ParameterStore('shadow', (name) => keyedRng(0, name));
  const weight = tf.variable(tf.randomNormal([shapes[shapes.length - 1][2], classes], 0, 1, 'float32', 1));
  const bias = tf.variable(tf.randomNormal([classes], 0, 1, 'float32', 2));
  const module = teacherSideShadow(
    shapes.map((_, i) => `teacher.g${i}`),
    { weight: { variable: weight } as never, bias: { variable: bias } as never },
  );
  const forward = module.build(store.scope(), shapes);
  const maps = shapes.map(([H, W, C], i) => tf.randomNormal([2, H, W, C], 0, 1, 'float32', 3 + i));
  const run = (training: boolean): tf.Tensor => forward(maps, { training, rng: () => keyedRng(0) });
  return { store, run, weight, bias, module: forward };
}
const stages = (...channels: number[]) => channels.map((C, i) => [32 >> i, 32 >> i, C]);

test('S7, S8: shapes and numbers to learn of the official head', (test) => {
  for (const [shapes, count] of [
    [stages(16, 32, 64), 65_536],
    [stages(32, 64, 128), 261_120],
    [stages(64, 128, 256), 1_042_432],
    [stages(128, 256, 512), 4_165_632],
  ] as const) {
    const { store, run } = built(shapes);
    test.is(store.size, count);
    test.deepEqual(run(false).shape, [2, 100]);
    store.dispose();
  }
});

test('S9: convolutions of zeros leave the teacher’s bias, and a last shift of 1 the sums of its rows', (test) => {
  const { store, run, weight, bias } = built(
    [
      [8, 8, 4],
      [4, 4, 8],
      [2, 2, 12],
    ],
    7,
  );
  for (const [name, { variable }] of store.parameters) {
    if (variable.rank === 4) variable.assign(tf.zerosLike(variable));
    test.true(/\.(conv|bn)\./.test(name), name);
  }
  for (const training of [false, true]) {
    const rows = run(training).arraySync() as number[][];
    for (const row of rows) test.true(near(row, [...bias.dataSync()]));
  }
  const shift = store.parameters.get('climb.2.bn.bias')?.variable as tf.Variable;
  shift.assign(tf.onesLike(shift));
  const expected = [...tf.add(tf.sum(weight, 0), bias).dataSync()];
  for (const row of run(true).arraySync() as number[][]) test.true(near(row, expected, 1e-5));
});

test('the head climbs: h = W·CBR(CBR(CBR(g1) + CBR(g2)) + CBR(g3)) + b', (test) => {
  const { store, weight, bias, module } = built(
    [
      [1, 1, 2],
      [1, 1, 2],
      [1, 1, 2],
    ],
    3,
  );
  const factors = { 'climb.0': 2, 'lateral.1': 3, 'climb.1': 5, 'lateral.2': 7, 'climb.2': 11 };
  for (const [layer, factor] of Object.entries(factors)) {
    const { variable } = store.parameters.get(`${layer}.conv.weight`) as Parameter;
    // On a map of one pixel a 3×3 convolution is its middle.
    const [kh] = variable.shape;
    const identity = tf.mul(tf.eye(2), factor).reshape([1, 1, 2, 2]);
    const around = (kh - 1) / 2;
    variable.assign(
      tf.pad(identity, [
        [around, around],
        [around, around],
        [0, 0],
        [0, 0],
      ]),
    );
  }
  // The first ReLU stops negative values.
  const [g1, g2, g3] = [
    [1, -2],
    [3, 5],
    [-4, 0.5],
  ];
  const maps = [g1, g2, g3].map((g) => tf.tensor4d(g, [1, 1, 1, 2]));
  const found = module(maps, { training: false, rng: () => keyedRng(0) });
  // Each norm divides by √(1 + ε).
  const n = 1 / Math.sqrt(1 + 1e-5);
  const up = (x: number) => Math.max(0, x);
  const u = [0, 1].map((c) => 11 * n * (5 * n * (2 * n * up(g1[c]) + 3 * n * up(g2[c])) + 7 * n * up(g3[c])));
  const expected = tf.add(tf.matMul(tf.tensor2d([u]), weight as tf.Tensor2D), bias).dataSync();
  test.true(near([...found.dataSync()], [...expected], 1e-3));
});

const token = (options: ShakeOptions, heads = { class: S, distillation: H }, teacher = T) =>
  step({ student: heads, teachers: [teacher], labels: LABELS, plugins: [shake(options)] });

test('S10, S12: a step on a distillation token, where all agree and where they do not', async (test) => {
  const { terms, loss, teacherMoved } = await token({});
  test.deepEqual(Object.keys(terms).sort(), ['base/ce', 'deit/kd', 'shake/forward', 'shake/reverse']);
  test.true(near(terms['deit/kd'], 0.7758162388));
  test.true(near(loss, (0.5333565368 + 0.7758162388) / 2 + 0.5767222409 + 0.58541781));
  test.false(teacherMoved);

  const half = await token({ lambda: 0.5, reverse: false });
  test.true(near(half.loss, (0.5333565368 + 0.7758162388) / 2 + 0.5767222409 / 2));
  const soft = await token({ inherit: 'kl' });
  test.true(near(soft.terms['deit/kd'], 1.133382893));
  const normed = await token({ logitNorm: SCALE, shadowCe: true });
  test.true(near(normed.terms['shake/ce'], 0.0427400859, 2e-6));
  test.true(near(normed.terms['shake/shadow-ce'], 1.4379455446, 2e-6));
  test.false('base/ce' in normed.terms, 'the ground truth counts once');
  const plain = await token({ alpha: 2 });
  test.true(near(plain.terms['shake/kd'], 0.9037391489));

  const agreed = await token({ inherit: 'kl' }, { class: S, distillation: S }, S);
  test.true(near(agreed.loss, 0.5333565368 / 2));
});

test('S4 in a step: student and shadow each learn their own terms only', async (test) => {
  const one = async (options: ShakeOptions) => (await token({ lambda: 1, ...options })).gradients;
  const forward = await one({ reverse: false });
  const both = await one({});
  test.deepEqual(forward['student/class'], both['student/class'], 'reversed distillation is for the shadow');
  test.notDeepEqual(forward['student/distillation'], both['student/distillation']);
});

test('S11: classes that do not exclude each other', (test) => {
  const [learner, target] = [tf.tensor2d([[0, 1, -2]]), tf.tensor2d([[2, -1, -2]])];
  test.true(near(value(learnEachFrom(learner, target)), 0.2633102));
  const each = [0, 1, 2].map((k) =>
    value(learnEachFrom(tf.slice(learner, [0, k], [1, 1]), tf.slice(target, [0, k], [1, 1]))),
  );
  test.true(near(each, [0.327813, 0.462117, 0]));
  test.throws(() => tf.grad((x) => learnEachFrom(learner, x))(target), {
    message: /Cannot compute gradient/,
  });
});

test('logits of anchors count like images', (test) => {
  const anchors = (x: tf.Tensor) => tf.reshape(x, [1, 2, 4]);
  test.true(near(value(learnFrom(anchors(s), anchors(h), 4)), 0.5767222409));
  test.true(near(value(inheritLoss('hard', anchors(h), anchors(t), 4)), 0.7758162388));
});
