import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { featureShapes } from '../../../reference/feature-shapes.test.helper.js';
import { randomImages, randomise } from '../../../reference/random-model.test.helper.js';
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
  const net = await model('cifar_shufflev2').build({ classes: 10 });
  const units = [3, 7, 3].flatMap((split, stage) =>
    Array.from({ length: split + 1 }, (_, unit) =>
      numbered(`layer${stage + 1}.${unit}.`, unit === 0 ? 5 : 3),
    ),
  );
  const expected = [...numbered('', 2), ...units.flat(), 'linear.weight', 'linear.bias'];
  t.deepEqual([...net.parameters.keys(), ...net.buffers.keys()].sort(), expected.sort());
  const shapeOf = (name: string) => net.parameters.get(`${name}.weight`)!.variable.shape;
  t.deepEqual(
    [1, 2, 3, 4, 5].map((i) => shapeOf(`layer1.0.conv${i}`)),
    [
      [3, 3, 24, 1],
      [1, 1, 24, 58],
      [1, 1, 24, 58],
      [3, 3, 58, 1],
      [1, 1, 58, 58],
    ],
  );
  t.deepEqual(shapeOf('layer2.1.conv2'), [3, 3, 116, 1]);
  t.deepEqual(shapeOf('conv2'), [1, 1, 464, 1024]);
  net.dispose();
});

test('features are the benchmark’s, at 32×32, at other sizes and widths', async (t) => {
  t.deepEqual(await featureShapes('cifar_shufflev2'), [
    [32, 32, 24],
    [16, 16, 116],
    [8, 8, 232],
    [4, 4, 464],
    [1024],
  ]);
  t.deepEqual(await featureShapes('cifar_shufflev2?img=20x12&width=0.5'), [
    [20, 12, 24],
    [10, 6, 48],
    [5, 3, 96],
    [3, 2, 192],
    [1024],
  ]);
  t.throws(() => model('cifar_shufflev2?width=3'), { code: 'KDX_MODEL_OPTION', message: /"width".*0\.5/ });
});

test('a unit hands the first half of its channels on as it is, at the even places', async (t) => {
  const net = await model('cifar_shufflev2?img=4').build({ classes: 3 });
  randomise(net);
  const paths = ['layer1.1:in', 'layer1.1'];
  const { taps } = net.forward(randomImages([2, 4, 4, 3]), { training: false, taps: paths });
  const [input, output] = paths.map((path) => taps[path].reshape([-1, 116]).arraySync() as number[][]);
  output.forEach((pixel, place) => {
    t.deepEqual(
      pixel.filter((_, channel) => channel % 2 === 0),
      input[place].slice(0, 58),
    );
    t.true(pixel.every((value) => value >= 0));
  });
  t.notDeepEqual(
    output.map((pixel) => pixel.filter((_, channel) => channel % 2 === 1)),
    input.map((pixel) => pixel.slice(58)),
  );
  net.dispose();
});

test('a feature’s scale is the norm of its own channels', async (t) => {
  const net = await model('cifar_shufflev2').build({ classes: 3 });
  t.deepEqual(
    net.spec.features.map(({ scale }) => scale),
    ['bn1.weight', undefined, undefined, undefined],
  );
  for (const { tap, scale } of net.spec.features) {
    if (scale) t.deepEqual(net.parameters.get(scale)!.variable.shape, net.taps().get(tap)!.slice(-1));
  }
  net.dispose();
});

test('training moves all batch-norm statistics, inference none', async (t) => {
  const net = await model('cifar_shufflev2?img=8&width=0.5').build({ classes: 3 });
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
