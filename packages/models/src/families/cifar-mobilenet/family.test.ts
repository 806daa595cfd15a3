import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { featureShapes } from '../../reference/feature-shapes.test.helper.js';
import { mapPixels, naiveBatchNorm, naiveConv, type Pixels } from '../../reference/naive.test.helper.js';
import { gap, randomImages, randomise, stateOf } from '../../reference/random-model.test.helper.js';
import { model } from '../registry.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const convNorm = (conv: string, norm: string) => [
  `${conv}.weight`,
  ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `${norm}.${name}`),
];

test('names are the weight file’s', async (t) => {
  const net = await model('cifar_mobilenetv2').build({ classes: 10 });
  const units = [1, 2, 3, 4, 3, 3, 1].flatMap((repeats, stage) =>
    Array.from({ length: repeats }, (_, unit) => `blocks.${stage}.${unit}.conv`),
  );
  const expected = [
    ...convNorm('conv1.0', 'conv1.1'),
    ...units.flatMap((at) => [0, 3, 6].flatMap((i) => convNorm(`${at}.${i}`, `${at}.${i + 1}`))),
    ...[...convNorm('conv2.0', 'conv2.1'), 'classifier.0.weight', 'classifier.0.bias'],
  ];
  t.deepEqual([...net.parameters.keys(), ...net.buffers.keys()].sort(), expected.sort());
  const shapeOf = (name: string) => net.parameters.get(name)!.variable.shape;
  t.deepEqual(shapeOf('blocks.1.0.conv.0.weight'), [1, 1, 8, 48]);
  t.deepEqual(shapeOf('blocks.1.0.conv.3.weight'), [3, 3, 48, 1]);
  t.is(net.parameters.get('blocks.1.0.conv.3.weight')!.layout, 'depthwise');
  t.deepEqual(shapeOf('classifier.0.weight'), [1280, 10]);
  net.dispose();
});

test('features are the benchmark’s, at 32×32 and at other sizes', async (t) => {
  t.deepEqual(await featureShapes('cifar_mobilenetv2'), [
    [16, 16, 16],
    [16, 16, 12],
    [8, 8, 16],
    [4, 4, 48],
    [2, 2, 160],
    [1280],
  ]);
  t.deepEqual(await featureShapes('cifar_mobilenetv2?img=20x12&width=1.4&expansion=2'), [
    [10, 6, 44],
    [10, 6, 33],
    [5, 3, 44],
    [3, 2, 134],
    [2, 1, 448],
    [1792],
  ]);
});

test('a unit adds its input where its shape stays, and no ReLU follows', async (t) => {
  const net = await model('cifar_mobilenetv2?img=8&expansion=2').build({ classes: 3 });
  randomise(net, 0.3);
  const paths = ['blocks.2.0:in', 'blocks.2.0', 'blocks.2.1'];
  const { taps } = net.forward(randomImages([1, 8, 8, 3]), { training: false, taps: paths });
  const p = await stateOf(net);
  const pixels = (name: string): Pixels => (taps[name].arraySync() as Pixels[])[0];
  const norm = (x: Pixels, at: string) =>
    naiveBatchNorm(x, {
      weight: p(`${at}.weight`),
      bias: p(`${at}.bias`),
      running_mean: p(`${at}.running_mean`),
      running_var: p(`${at}.running_var`),
    });
  const relu = (x: Pixels) => mapPixels(x, (value) => Math.max(0, value));
  const branch = (x: Pixels, at: string, stride: number): Pixels => {
    const hidden = 2 * x[0][0].length;
    const wide = relu(norm(naiveConv(x, p(`${at}.0.weight`), hidden, 1, 1), `${at}.1`));
    const kernels = p(`${at}.3.weight`);
    // One image of one channel after the other.
    const filtered = Array.from({ length: hidden }, (_, c) => {
      const alone = wide.map((row) => row.map((pixel) => [pixel[c]]));
      return naiveConv(alone, kernels.slice(9 * c, 9 * (c + 1)), 1, 3, stride);
    });
    const depthwise = filtered[0].map((row, r) => row.map((_, col) => filtered.map((map) => map[r][col][0])));
    return norm(naiveConv(relu(norm(depthwise, `${at}.4`)), p(`${at}.6.weight`), 16, 1, 1), `${at}.7`);
  };
  const first = branch(pixels('blocks.2.0:in'), 'blocks.2.0.conv', 2);
  t.true(gap(pixels('blocks.2.0').flat(2), first.flat(2)) < 1e-4);
  t.true(first.flat(2).some((value) => value < 0));
  const x = pixels('blocks.2.0');
  const second = mapPixels(branch(x, 'blocks.2.1.conv', 1), (value, c, row, col) => value + x[row][col][c]);
  t.true(gap(pixels('blocks.2.1').flat(2), second.flat(2)) < 1e-4);
  net.dispose();
});

test('a feature’s scale is the norm of its own channels', async (t) => {
  const net = await model('cifar_mobilenetv2').build({ classes: 3 });
  t.deepEqual(
    net.spec.features.map(({ scale }) => scale),
    ['conv1.1.weight', ...['1.1', '2.2', '4.2', '6.0'].map((unit) => `blocks.${unit}.conv.7.weight`)],
  );
  for (const { tap, scale } of net.spec.features) {
    if (scale) t.deepEqual(net.parameters.get(scale)!.variable.shape, net.taps().get(tap)!.slice(-1));
  }
  net.dispose();
});

test('training moves all batch-norm statistics, inference none', async (t) => {
  const net = await model('cifar_mobilenetv2?img=8').build({ classes: 3 });
  randomise(net, 0.3); // with shifts of 0, the mean behind a norm and a 1×1 convolution stays 0
  const statistics = () => [...net.buffers.values()].map(({ variable }) => variable.dataSync().slice());
  const images = randomImages([4, 8, 8, 3]);
  const start = statistics();
  net.forward(images, { training: false });
  t.deepEqual(statistics(), start);
  net.forward(images, { training: true });
  statistics().forEach((moved, i) => {
    t.notDeepEqual(moved, start[i]);
  });
  net.dispose();
});

test('initial values are the benchmark’s', async (t) => {
  const net = await model('cifar_mobilenetv2').build({ classes: 100 });
  const values = (name: string) => net.parameters.get(name)!.variable.dataSync() as Float32Array;
  const variance = (name: string) => values(name).reduce((sum, v) => sum + v * v, 0) / values(name).length;
  const near = (name: string, expected: number) =>
    t.true(Math.abs(variance(name) / expected - 1) < 0.1, `${name}: ${variance(name)}`);
  near('blocks.5.1.conv.0.weight', 2 / 480);
  near('blocks.5.1.conv.3.weight', 2 / (9 * 480));
  near('conv2.0.weight', 2 / 1280);
  near('classifier.0.weight', 1e-4);
  t.true(values('classifier.0.bias').every((value) => value === 0));
  t.true(values('conv2.1.weight').every((value) => value === 1));
  net.dispose();
});
