import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { featureShapes } from '../../../reference/feature-shapes.test.helper.js';
import { gap, randomImages, randomise } from '../../../reference/random-model.test.helper.js';
import { model } from '../../registry.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const numbered = (at: string, count: number) =>
  Array.from({ length: count }, (_, i) => [
    `${at}conv${i + 1}.weight`,
    ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `${at}bn${i + 1}.${name}`),
  ]).flat();

test('names are the weight file’s', async (t) => {
  const net = await model('cifar_shufflev1').build({ classes: 10 });
  const units = [4, 8, 4].flatMap((repeats, stage) =>
    Array.from({ length: repeats }, (_, unit) => `layer${stage + 1}.${unit}.`),
  );
  const expected = [
    ...numbered('', 1),
    ...units.flatMap((at) => numbered(at, 3)),
    'linear.weight',
    'linear.bias',
  ];
  t.deepEqual([...net.parameters.keys(), ...net.buffers.keys()].sort(), expected.sort());
  const shapeOf = (name: string) => net.parameters.get(`${name}.weight`)!.variable.shape;
  t.deepEqual(shapeOf('layer1.0.conv1'), [1, 1, 24, 54], 'not grouped');
  t.deepEqual(shapeOf('layer1.0.conv2'), [3, 3, 54, 1]);
  t.deepEqual(shapeOf('layer1.0.conv3'), [1, 1, 18, 216]);
  t.deepEqual(shapeOf('layer1.1.conv1'), [1, 1, 80, 60]);
  t.deepEqual(shapeOf('layer2.0.conv3'), [1, 1, 20, 240]);
  net.dispose();
});

test('features are the benchmark’s, at 32×32 and at other sizes', async (t) => {
  t.deepEqual(await featureShapes('cifar_shufflev1'), [
    [32, 32, 24],
    [16, 16, 240],
    [8, 8, 480],
    [4, 4, 960],
    [960],
  ]);
  t.deepEqual(await featureShapes('cifar_shufflev1?img=20x12'), [
    [20, 12, 24],
    [10, 6, 240],
    [5, 3, 480],
    [3, 2, 960],
    [960],
  ]);
});

test('a unit that halves the size ends in the mean-pooled input, zeros at the border counted', async (t) => {
  const net = await model('cifar_shufflev1?img=6').build({ classes: 3 });
  randomise(net);
  const { taps } = net.forward(randomImages([1, 6, 6, 3]), { training: false, taps: ['stem', 'layer1.0'] });
  const [stem] = taps.stem.arraySync() as number[][][][];
  const [unit] = taps['layer1.0'].arraySync() as number[][][][];
  const around = [-1, 0, 1];
  const expected = unit.map((row, r) =>
    row.map((_, col) =>
      Array.from({ length: 24 }, (_, c) => {
        const window = around.flatMap((u) => around.map((v) => stem[2 * r + u]?.[2 * col + v]?.[c] ?? 0));
        return window.reduce((sum, value) => sum + value, 0) / 9;
      }),
    ),
  );
  const found = unit.map((row) => row.map((pixel) => pixel.slice(216)));
  t.true(gap(found.flat(2), expected.flat(2)) < 1e-5);
  net.dispose();
});

test('what each group of a unit’s last convolution reads comes from all groups of its first', async (t) => {
  const net = await model('cifar_shufflev1?img=4').build({ classes: 3 });
  randomise(net);
  // Only the first group of `conv1` speaks; without a shuffle, only the first group of `conv3` would hear it.
  const unit = 'layer1.1';
  const scale = net.parameters.get(`${unit}.bn1.weight`)!.variable;
  scale.assign(tf.concat([tf.ones([20]), tf.zeros([40])]));
  const run = (images: tf.Tensor4D) =>
    net.forward(images, { training: false, taps: [`${unit}.conv3`] }).taps[`${unit}.conv3`];
  const change = tf.sub(run(randomImages([1, 4, 4, 3], 1)), run(randomImages([1, 4, 4, 3], 2)));
  for (const group of tf.split(change, 3, 3)) t.true(tf.max(tf.abs(group)).dataSync()[0] > 1e-3);
  net.dispose();
});

test('a feature’s scale is the norm of its own channels', async (t) => {
  const net = await model('cifar_shufflev1').build({ classes: 3 });
  t.deepEqual(
    net.spec.features.map(({ scale }) => scale),
    ['bn1.weight', 'layer1.3.bn3.weight', 'layer2.7.bn3.weight', 'layer3.3.bn3.weight'],
  );
  for (const { tap, scale } of net.spec.features) {
    if (scale) t.deepEqual(net.parameters.get(scale)!.variable.shape, net.taps().get(tap)!.slice(-1));
  }
  net.dispose();
});

test('training moves all batch-norm statistics, inference none', async (t) => {
  const net = await model('cifar_shufflev1?img=8').build({ classes: 3 });
  randomise(net, 0.3); // with shifts of 0, the mean behind a norm and a 1×1 convolution stays 0
  const statistics = () => [...net.buffers.values()].map(({ variable }) => variable.dataSync().slice());
  const images = randomImages([2, 8, 8, 3]);
  const start = statistics();
  net.forward(images, { training: false });
  t.deepEqual(statistics(), start);
  net.forward(images, { training: true });
  statistics().forEach((moved, i) => {
    t.notDeepEqual(moved, start[i]);
  });
  net.dispose();
});

test('convolutions start as PyTorch’s do, by the channels that one group sees', async (t) => {
  const net = await model('cifar_shufflev1').build({ classes: 3 });
  const largest = (name: string) => Math.max(...net.parameters.get(name)!.variable.dataSync().map(Math.abs));
  for (const [name, fanIn] of [
    ['layer2.1.conv1', 160],
    ['layer2.1.conv2', 9],
    ['linear', 960],
  ] as const) {
    const found = largest(`${name}.weight`) * Math.sqrt(fanIn);
    t.true(found > 0.97 && found <= 1, `${name}: ${found}`);
  }
  net.dispose();
});
