import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import {
  mapPixels,
  naiveBatchNorm,
  naiveConv,
  type Pixels,
  type Statistics,
} from '../../reference/naive.test.helper.js';
import { gap, randomImages, randomise, stateOf } from '../../reference/random-model.test.helper.js';
import { model } from '../registry.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

test('names are the weight file’s', async (t) => {
  const resnet = await model('cifar_resnet8').build({ classes: 10 });
  const bn = (at: string) => [`${at}.weight`, `${at}.bias`, `${at}.running_mean`, `${at}.running_var`];
  const block = (at: string) => [
    `${at}.conv1.weight`,
    ...bn(`${at}.bn1`),
    `${at}.conv2.weight`,
    ...bn(`${at}.bn2`),
  ];
  const shortcut = (at: string) => [`${at}.downsample.0.weight`, ...bn(`${at}.downsample.1`)];
  const expected = [
    ...['conv1.weight', ...bn('bn1'), ...block('layer1.0'), ...block('layer2.0'), ...shortcut('layer2.0')],
    ...[...block('layer3.0'), ...shortcut('layer3.0'), 'fc.weight', 'fc.bias'],
  ];
  t.deepEqual([...resnet.parameters.keys(), ...resnet.buffers.keys()].sort(), expected.sort());
  t.deepEqual(resnet.parameters.get('layer2.0.conv1.weight')!.variable.shape, [3, 3, 16, 32]);
  resnet.dispose();
});

test('taps are the benchmark’s features, at 32×32 and at other sizes', async (t) => {
  const resnet = await model('cifar_resnet14').build({ classes: 10 });
  const taps = resnet.taps();
  t.deepEqual(taps.get('stem'), [32, 32, 16]);
  t.deepEqual(taps.get('layer1'), [32, 32, 16]);
  t.deepEqual(taps.get('layer2'), [16, 16, 32]);
  t.deepEqual(taps.get('layer2.0'), [16, 16, 32]);
  t.deepEqual(taps.get('layer2.0:in'), [32, 32, 16]);
  t.deepEqual(taps.get('layer3.1'), [8, 8, 64]);
  t.deepEqual(taps.get('pooled'), [64]);
  t.deepEqual(taps.get('fc'), [10]);
  resnet.dispose();
  const wide = await model('cifar_resnet8x4?img=20x12').build({ classes: 2 });
  const of = (path: string) => wide.taps().get(path);
  t.deepEqual(['stem', 'layer1', 'layer2', 'layer3', 'pooled'].map(of), [
    [20, 12, 32],
    [20, 12, 64],
    [10, 6, 128],
    [5, 3, 256],
    [256],
  ]);
  wide.dispose();
});

test('a stage’s output comes after its last ReLU, and the stage’s tap is its last block’s', async (t) => {
  const resnet = await model('cifar_resnet8?img=8').build({ classes: 3 });
  randomise(resnet);
  const { taps } = resnet.forward(randomImages([2, 8, 8, 3]), {
    training: false,
    taps: ['layer1', 'layer2', 'layer2.0', 'layer3'],
  });
  for (const tap of Object.values(taps)) t.true(tf.min(tap).dataSync()[0] === 0);
  t.deepEqual(taps.layer2.dataSync(), taps['layer2.0'].dataSync());
  resnet.dispose();
});

test('a block with a shortcut and the head are those of loops in float64', async (t) => {
  const resnet = await model('cifar_resnet8?img=6').build({ classes: 3 });
  randomise(resnet, 0.2);
  const { taps, logits } = resnet.forward(randomImages([1, 6, 6, 3]), {
    training: false,
    taps: ['layer2.0:in', 'layer2.0', 'layer3', 'pooled'],
  });
  const p = await stateOf(resnet);
  const pixels = (name: string): Pixels => (taps[name].arraySync() as Pixels[])[0];
  const statistics = (at: string): Statistics => ({
    weight: p(`${at}.weight`),
    bias: p(`${at}.bias`),
    running_mean: p(`${at}.running_mean`),
    running_var: p(`${at}.running_var`),
  });
  const at = 'layer2.0';
  const relu = (x: Pixels) => mapPixels(x, (value) => Math.max(0, value));
  const x = pixels(`${at}:in`);
  const conv1 = naiveConv(x, p(`${at}.conv1.weight`), 32, 3, 2);
  const hidden = relu(naiveBatchNorm(conv1, statistics(`${at}.bn1`)));
  const residual = naiveBatchNorm(
    naiveConv(hidden, p(`${at}.conv2.weight`), 32, 3, 1),
    statistics(`${at}.bn2`),
  );
  const shortcut = naiveBatchNorm(
    naiveConv(x, p(`${at}.downsample.0.weight`), 32, 1, 2),
    statistics(`${at}.downsample.1`),
  );
  const expected = relu(mapPixels(residual, (value, c, row, column) => value + shortcut[row][column][c]));
  t.true(gap(pixels(at).flat(2), expected.flat(2)) < 2e-5);

  const last = pixels('layer3').flat();
  const mean = last[0].map((_, c) => last.reduce((sum, place) => sum + place[c], 0) / last.length);
  t.true(gap(taps.pooled.dataSync(), mean) < 1e-5);
  const scores = [0, 1, 2].map((k) =>
    mean.reduce((sum, value, i) => sum + value * p('fc.weight')[k * 64 + i], p('fc.bias')[k]),
  );
  t.true(gap(logits.dataSync(), scores) < 1e-4);
  resnet.dispose();
});

test('training moves the batch-norm statistics, inference does not', async (t) => {
  const resnet = await model('cifar_resnet8?img=8').build({ classes: 3 });
  const images = randomImages([4, 8, 8, 3]);
  const mean = () => resnet.buffers.get('bn1.running_mean')!.variable.dataSync().slice();
  const start = mean();
  resnet.forward(images, { training: false });
  t.deepEqual(mean(), start);
  resnet.forward(images, { training: true });
  t.notDeepEqual(mean(), start);
  resnet.dispose();
});

test('convolutions start with variance 2/fan-out, batch norms as the identity', async (t) => {
  const resnet = await model('cifar_resnet8x4').build({ classes: 3 });
  const weights = resnet.parameters.get('layer3.0.conv2.weight')!.variable.dataSync() as Float32Array;
  const variance = weights.reduce((sum, value) => sum + value * value, 0) / weights.length;
  t.true(Math.abs(variance / (2 / (9 * 256)) - 1) < 0.02);
  t.true(
    resnet.parameters
      .get('layer1.0.bn2.weight')!
      .variable.dataSync()
      .every((value) => value === 1),
  );
  resnet.dispose();
});

test('DropBlock and dropout drop of the first two stages’ outputs, while training only', async (t) => {
  const plain = await model('cifar_resnet8?img=8').build({ classes: 3 });
  t.false([...plain.taps().keys()].some((tap) => tap.startsWith('drop')));
  const images = randomImages([4, 8, 8, 3]);
  for (const [options, tap] of [
    ['dropblock=0.3&dropblock-size=3', 'drop_block'],
    ['dropout=0.3', 'dropout'],
  ]) {
    const resnet = await model(`cifar_resnet8?img=8&${options}`).build({ classes: 3 });
    const taps = ['layer1', 'layer2', 'layer3', `${tap}1`, `${tap}2`];
    t.deepEqual(
      [...resnet.taps().keys()].filter((path) => /^drop\w+\d$/.test(path)),
      taps.slice(3),
    );
    t.deepEqual(resnet.spec.features, plain.spec.features, 'features are taken before');
    const outputs = (training: boolean) =>
      resnet.forward(images, { training, taps, rng: (purpose) => keyedRng(5, purpose) });
    // Training moves the running statistics.
    const resting = outputs(false);
    const learning = outputs(true);
    for (const stage of [1, 2]) {
      const zeros = (x: tf.Tensor) => x.dataSync().filter((value) => value === 0).length / x.size;
      const [before, after] = [learning.taps[`layer${stage}`], learning.taps[`${tap}${stage}`]];
      t.true(zeros(after) > zeros(before) + 0.05, `${options} ${stage}`);
      t.deepEqual(resting.taps[`layer${stage}`].dataSync(), resting.taps[`${tap}${stage}`].dataSync());
    }
    t.deepEqual(resting.logits.dataSync(), plain.forward(images, { training: false }).logits.dataSync());
    resnet.dispose();
  }
  plain.dispose();
});
