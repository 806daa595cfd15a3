import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { naiveNormAt, normNames } from '../../reference/batch-norm.test.helper.js';
import { mapPixels, naiveConv, type Pixels } from '../../reference/naive.test.helper.js';
import { gap, randomImages, randomise, stateOf } from '../../reference/random-model.test.helper.js';
import { findDefinition, model } from '../registry.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const relu = (x: Pixels) => mapPixels(x, (value) => Math.max(0, value));
const sum = (a: Pixels, b: Pixels) => mapPixels(a, (value, c, row, column) => value + b[row][column][c]);

test('names are the benchmark’s, with a shortcut only where the widths differ', async (t) => {
  const block = (at: string) => [
    ...normNames(`${at}.bn1`),
    `${at}.conv1.weight`,
    ...normNames(`${at}.bn2`),
    `${at}.conv2.weight`,
  ];
  const around = ['conv1.weight', ...normNames('bn1'), 'fc.weight', 'fc.bias'];
  const groups = [1, 2, 3].map((group) => `block${group}.layer.0`);
  for (const [k, widening] of [
    [1, groups.slice(1)],
    [2, groups],
  ] as const) {
    const wrn = await model(`cifar_wrn_10_${k}`).build({ classes: 10 });
    const shortcuts = widening.map((at) => `${at}.convShortcut.weight`);
    t.deepEqual(
      [...wrn.parameters.keys(), ...wrn.buffers.keys()].sort(),
      [...around, ...groups.flatMap(block), ...shortcuts].sort(),
    );
    t.deepEqual(wrn.parameters.get('block2.layer.0.convShortcut.weight')!.variable.shape, [
      1,
      1,
      16 * k,
      32 * k,
    ]);
    wrn.dispose();
  }
});

test('features are the stem’s and the groups’ outputs, at other sizes too', async (t) => {
  const wrn = await model('cifar_wrn_16_2?img=20x12').build({ classes: 2 });
  t.deepEqual(wrn.spec.features, [
    { tap: 'conv1', layout: 'maps', scale: 'block1.layer.0.bn1.weight' },
    { tap: 'block1', layout: 'maps', scale: 'block2.layer.0.bn1.weight' },
    { tap: 'block2', layout: 'maps', scale: 'block3.layer.0.bn1.weight' },
    { tap: 'block3', layout: 'maps', scale: 'bn1.weight' },
  ]);
  t.deepEqual(
    [...wrn.spec.features.map(({ tap }) => tap), 'pooled'].map((path) => wrn.taps().get(path)),
    [[20, 12, 16], [20, 12, 32], [10, 6, 64], [5, 3, 128], [128]],
  );
  t.deepEqual(wrn.taps().get('block3.layer.1'), [5, 3, 128]);
  t.is(wrn.spec.featureDim, 128);
  wrn.dispose();
});

test('depths that are not 6n + 4 are refused', (t) => {
  for (const name of ['cifar_wrn_20_1', 'cifar_wrn_4_1']) {
    t.throws(() => findDefinition(name), { code: 'KDX_MODEL_UNKNOWN', message: /6n \+ 4 layers/ });
  }
  t.throws(() => findDefinition('cifar_wrn_40_0'), { code: 'KDX_MODEL_UNKNOWN', message: /Did you mean/ });
});

test('both kinds of block and the head are those of loops in float64', async (t) => {
  const wrn = await model('cifar_wrn_16_1?img=6').build({ classes: 3 });
  randomise(wrn, 0.2);
  const { taps, logits } = wrn.forward(randomImages([1, 6, 6, 3]), {
    training: false,
    taps: ['block2', 'block2.layer.0:in', 'block2.layer.0', 'block2.layer.1', 'block3', 'pooled'],
  });
  const p = await stateOf(wrn);
  const norm = naiveNormAt(p);
  const pixels = (name: string): Pixels => (taps[name].arraySync() as Pixels[])[0];
  const expect = (at: string, x: Pixels, stride: number) => {
    const active = relu(norm(x, `${at}.bn1`));
    const hidden = relu(norm(naiveConv(active, p(`${at}.conv1.weight`), 32, 3, stride), `${at}.bn2`));
    const shortcut = stride === 1 ? x : naiveConv(active, p(`${at}.convShortcut.weight`), 32, 1, stride);
    return sum(naiveConv(hidden, p(`${at}.conv2.weight`), 32, 3, 1), shortcut);
  };
  const first = expect('block2.layer.0', pixels('block2.layer.0:in'), 2);
  t.true(gap(pixels('block2.layer.0').flat(2), first.flat(2)) < 2e-5);
  const second = expect('block2.layer.1', pixels('block2.layer.0'), 1);
  t.true(gap(pixels('block2.layer.1').flat(2), second.flat(2)) < 2e-5);
  t.deepEqual(taps.block2.dataSync(), taps['block2.layer.1'].dataSync());
  t.true(
    pixels('block3')
      .flat(2)
      .some((value) => value < 0),
    'features are raw',
  );

  const last = relu(norm(pixels('block3'), 'bn1')).flat();
  const mean = last[0].map((_, c) => last.reduce((total, place) => total + place[c], 0) / last.length);
  t.true(gap(taps.pooled.dataSync(), mean) < 1e-5);
  const scores = [0, 1, 2].map((k) =>
    mean.reduce((total, value, i) => total + value * p('fc.weight')[k * 64 + i], p('fc.bias')[k]),
  );
  t.true(gap(logits.dataSync(), scores) < 1e-4);
  wrn.dispose();
});

test('training moves all statistics, inference none', async (t) => {
  const wrn = await model('cifar_wrn_10_1?img=8').build({ classes: 3 });
  const images = randomImages([4, 8, 8, 3]);
  const statistics = () =>
    [...wrn.buffers].map(([name, { variable }]) => [name, ...variable.dataSync()].join());
  const start = statistics();
  wrn.forward(images, { training: false });
  t.deepEqual(statistics(), start);
  wrn.forward(images, { training: true });
  const moved = statistics();
  t.is(moved.length, 2 * 7);
  for (const [i, text] of moved.entries()) t.not(text, start[i]);
  wrn.dispose();
});

test('convolutions start with variance 2/fan-out, the head without bias', async (t) => {
  const wrn = await model('cifar_wrn_10_4').build({ classes: 3 });
  const values = (name: string) => wrn.parameters.get(name)!.variable.dataSync() as Float32Array;
  const variance = (name: string) => {
    const weights = values(name);
    return weights.reduce((total, value) => total + value * value, 0) / weights.length;
  };
  t.true(Math.abs(variance('block3.layer.0.conv2.weight') / (2 / (9 * 256)) - 1) < 0.02);
  t.true(Math.abs(variance('block3.layer.0.convShortcut.weight') / (2 / 256) - 1) < 0.05);
  t.true(values('fc.bias').every((value) => value === 0));
  const bound = 1 / Math.sqrt(256);
  t.true(values('fc.weight').every((value) => Math.abs(value) <= bound));
  t.true(Math.abs(variance('fc.weight') / (bound ** 2 / 3) - 1) < 0.2);
  t.true(values('bn1.weight').every((value) => value === 1));
  wrn.dispose();
});
