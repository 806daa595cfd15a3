import type { Model } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { describeDefinition } from '../../network/describe.js';
import { naiveNormAt, normNames } from '../../reference/batch-norm.test.helper.js';
import { mapPixels, naiveConv, type Pixels } from '../../reference/naive.test.helper.js';
import { gap, randomImages, randomise, stateOf } from '../../reference/random-model.test.helper.js';
import { findDefinition, model } from '../registry.js';

// One model, because to draw 24 million numbers takes its time. Tests run in order; the last one changes its weights.
let resnet50: Model;

test.before(async () => {
  await tf.setBackend('cpu');
  resnet50 = await model('cifar_ResNet50?img=8x6').build({ classes: 3 });
});
test.after(() => resnet50.dispose());

test.serial('names are the benchmark’s, capitals and all', (t) => {
  const block = (at: string, convolutions: number) =>
    Array.from({ length: convolutions }, (_, i) => [
      `${at}.conv${i + 1}.weight`,
      ...normNames(`${at}.bn${i + 1}`),
    ]).flat();
  const shortcut = (at: string) => [`${at}.shortcut.0.weight`, ...normNames(`${at}.shortcut.1`)];
  const around = ['conv1.weight', ...normNames('bn1'), 'linear.weight', 'linear.bias'];
  const blocks = [3, 4, 6, 3].flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => {
      const at = `layer${stage + 1}.${i}`;
      return [...block(at, 3), ...(i === 0 ? shortcut(at) : [])];
    }).flat(),
  );
  t.deepEqual(
    [...resnet50.parameters.keys(), ...resnet50.buffers.keys()].sort(),
    [...around, ...blocks].sort(),
  );
  const { shapes } = describeDefinition(findDefinition('cifar_ResNet18'));
  t.false(shapes.has('layer1.0.shortcut.0.weight'), 'the first stage of basic blocks keeps its shape');
  t.deepEqual(shapes.get('layer2.0.shortcut.0.weight'), [1, 1, 64, 128]);
  t.false(shapes.has('layer2.0.conv3.weight'));
  t.is([...shapes.keys()].filter((name) => /conv|shortcut.0/.test(name)).length, 20);
});

test.serial('lower case is the family of 6n + 2 layers, and says where the other one is', (t) => {
  const count = (name: string) => describeDefinition(findDefinition(name)).parameters;
  t.is(count('cifar_ResNet50'), 23_705_252);
  // (d − 2)/6 = 8 blocks per stage: ResNet-56's 861,620 less one block of each of 16, 32 and 64 channels.
  t.is(count('cifar_resnet50'), 861_620 - [16, 32, 64].reduce((sum, C) => sum + 2 * 9 * C * C + 4 * C, 0));
  t.throws(() => findDefinition('cifar_resnet18'), { message: /"cifar_ResNet18"/ });
  t.throws(() => findDefinition('cifar_ResNet101'), { code: 'KDX_MODEL_UNKNOWN' });
});

test.serial('features are the stem’s and the stages’ outputs after their last ReLU', (t) => {
  t.deepEqual(resnet50.spec.features, [
    { tap: 'stem', layout: 'maps', scale: 'bn1.weight' },
    { tap: 'layer1', layout: 'maps', scale: 'layer1.2.bn3.weight' },
    { tap: 'layer2', layout: 'maps', scale: 'layer2.3.bn3.weight' },
    { tap: 'layer3', layout: 'maps', scale: 'layer3.5.bn3.weight' },
    { tap: 'layer4', layout: 'maps', scale: 'layer4.2.bn3.weight' },
  ]);
  t.deepEqual(
    [...resnet50.spec.features.map(({ tap }) => tap), 'pooled'].map((path) => resnet50.taps().get(path)),
    [[8, 6, 64], [8, 6, 256], [4, 3, 512], [2, 2, 1024], [1, 1, 2048], [2048]],
  );
  const { taps } = resnet50.forward(randomImages([1, 8, 6, 3]), {
    training: false,
    logits: false,
    taps: ['stem', 'layer1', 'layer2', 'layer2.3'],
  });
  for (const path of ['stem', 'layer1', 'layer2']) t.is(tf.min(taps[path]).dataSync()[0], 0, path);
  t.deepEqual(taps.layer2.dataSync(), taps['layer2.3'].dataSync());
});

test.serial('convolutions start with variance 2/fan-out, the head as PyTorch’s', (t) => {
  const values = (name: string) => resnet50.parameters.get(name)!.variable.dataSync() as Float32Array;
  const variance = (name: string) => {
    const weights = values(name);
    return weights.reduce((total, value) => total + value * value, 0) / weights.length;
  };
  t.true(Math.abs(variance('layer2.1.conv2.weight') / (2 / (9 * 128)) - 1) < 0.02);
  t.true(Math.abs(variance('layer2.1.conv3.weight') / (2 / 512) - 1) < 0.02);
  t.true(Math.abs(variance('layer3.0.shortcut.0.weight') / (2 / 1024) - 1) < 0.02);
  t.true(Math.abs(variance('linear.weight') / (1 / (3 * 2048)) - 1) < 0.05);
  t.true(
    values('layer1.0.bn3.weight').every((value) => value === 1),
    'no zero at the end of a branch',
  );
});

test.serial('training moves all statistics, inference none', (t) => {
  const images = randomImages([2, 8, 6, 3]);
  const statistics = () =>
    [...resnet50.buffers].map(([name, { variable }]) => [name, ...variable.dataSync()].join());
  const start = statistics();
  resnet50.forward(images, { training: false });
  t.deepEqual(statistics(), start);
  resnet50.forward(images, { training: true });
  const moved = statistics();
  t.is(moved.length, 2 * 53);
  for (const [i, text] of moved.entries()) t.not(text, start[i]);
});

test.serial('a bottleneck that halves its input is that of loops in float64', async (t) => {
  randomise(resnet50, 0.1);
  const at = 'layer2.0';
  const { taps } = resnet50.forward(randomImages([1, 8, 6, 3]), {
    training: false,
    logits: false,
    taps: [`${at}:in`, at],
  });
  const p = await stateOf(resnet50);
  const norm = naiveNormAt(p);
  const relu = (x: Pixels) => mapPixels(x, (value) => Math.max(0, value));
  const x = (taps[`${at}:in`].arraySync() as Pixels[])[0];
  const conv = (input: Pixels, name: string, out: number, k: number, stride: number) =>
    naiveConv(input, p(`${at}.${name}.weight`), out, k, stride);
  const narrow = relu(norm(conv(x, 'conv1', 128, 1, 1), `${at}.bn1`));
  const halved = relu(norm(conv(narrow, 'conv2', 128, 3, 2), `${at}.bn2`));
  const wide = norm(conv(halved, 'conv3', 512, 1, 1), `${at}.bn3`);
  const shortcut = norm(conv(x, 'shortcut.0', 512, 1, 2), `${at}.shortcut.1`);
  const expected = relu(mapPixels(wide, (value, c, row, column) => value + shortcut[row][column][c])).flat(2);
  const scale = Math.max(...expected);
  t.true(scale > 0.1 && gap(taps[at].dataSync(), expected) < 1e-5 * Math.max(1, scale));
});
