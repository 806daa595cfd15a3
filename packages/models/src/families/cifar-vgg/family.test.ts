import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { describeDefinition } from '../../network/describe.js';
import { naiveNormAt, normNames } from '../../reference/batch-norm.test.helper.js';
import { mapPixels, naiveConv, type Pixels } from '../../reference/naive.test.helper.js';
import { gap, randomImages, randomise, stateOf } from '../../reference/random-model.test.helper.js';
import { findDefinition, model } from '../registry.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

test('names are the benchmark’s: each convolution, its norm, and a ReLU that counts', async (t) => {
  const vgg = await model('cifar_vgg8').build({ classes: 10 });
  const block = (at: string) => [`${at}.0.weight`, `${at}.0.bias`, ...normNames(`${at}.1`)];
  const blocks = [0, 1, 2, 3, 4].flatMap((i) => block(`block${i}`));
  t.deepEqual(
    [...vgg.parameters.keys(), ...vgg.buffers.keys()].sort(),
    [...blocks, 'classifier.weight', 'classifier.bias'].sort(),
  );
  vgg.dispose();
  const { shapes } = describeDefinition(findDefinition('cifar_vgg16'));
  const of = (i: number) => [...shapes.keys()].filter((name) => name.startsWith(`block${i}.`));
  t.deepEqual(
    of(2),
    [0, 3, 6].flatMap((at) => [at, at + 1].flatMap((n) => [`block2.${n}.weight`, `block2.${n}.bias`])),
  );
  t.deepEqual(
    [0, 1, 2, 3, 4].map((i) => of(i).length / 4),
    [2, 2, 3, 3, 3],
  );
  t.deepEqual(shapes.get('block1.0.weight'), [3, 3, 64, 128]);
  t.deepEqual(shapes.get('block1.3.weight'), [3, 3, 128, 128]);
});

test('a fourth pool comes for images of 64 pixels, and for no others (B6)', async (t) => {
  for (const [img, sides, pools] of [
    [
      '16',
      [
        [16, 16],
        [8, 8],
        [4, 4],
        [2, 2],
        [2, 2],
      ],
      3,
    ],
    [
      '64x16',
      [
        [64, 16],
        [32, 8],
        [16, 4],
        [8, 2],
        [4, 1],
      ],
      4,
    ],
  ] as const) {
    const vgg = await model(`cifar_vgg8?img=${img}`).build({ classes: 2 });
    const taps = vgg.taps();
    t.deepEqual(
      vgg.spec.features.map(({ tap }) => taps.get(tap)),
      sides.map(([height, width], i) => [height, width, [64, 128, 256, 512, 512][i]]),
    );
    t.is([...taps.keys()].filter((path) => /^pool\d$/.test(path)).length, pools);
    t.deepEqual(taps.get('pooled'), [512]);
    vgg.dispose();
  }
});

test('images that pooling leaves nothing of are refused', async (t) => {
  for (const img of ['4', '32x7', '64x8']) {
    await t.throwsAsync(model(`cifar_vgg8?img=${img}`).build({ classes: 2 }), {
      code: 'KDX_MODEL_IMAGE_SIZE',
      message: img === '64x8' ? /give it 16×16/ : /give it 8×8/,
    });
  }
});

test('features come after the ReLU and before the pool, and a block is that of loops in float64', async (t) => {
  const vgg = await model('cifar_vgg8?img=8').build({ classes: 3 });
  randomise(vgg, 0.2);
  const { taps } = vgg.forward(randomImages([1, 8, 8, 3]), {
    training: false,
    taps: ['block1:in', 'block1', 'block2:in', 'block4', 'pooled'],
  });
  const p = await stateOf(vgg);
  const pixels = (name: string): Pixels => (taps[name].arraySync() as Pixels[])[0];
  const conv = naiveConv(pixels('block1:in'), p('block1.0.weight'), 128, 3, 1);
  const biased = mapPixels(conv, (value, c) => value + p('block1.0.bias')[c]);
  const expected = mapPixels(naiveNormAt(p)(biased, 'block1.1'), (value) => Math.max(0, value));
  t.true(gap(pixels('block1').flat(2), expected.flat(2)) < 2e-5);
  const best = pixels('block2:in').map((line, r) =>
    line.map((pixel, column) =>
      pixel.map((_, c) =>
        Math.max(...[0, 1, 2, 3].map((i) => expected[2 * r + (i >> 1)][2 * column + (i & 1)][c])),
      ),
    ),
  );
  t.true(gap(pixels('block2:in').flat(2), best.flat(2)) < 2e-5);
  t.deepEqual(taps.pooled.dataSync(), taps.block4.dataSync(), 'one place: its own mean');
  vgg.dispose();
});

test('training moves all statistics, inference none', async (t) => {
  const vgg = await model('cifar_vgg8?img=8').build({ classes: 3 });
  const images = randomImages([4, 8, 8, 3]);
  const statistics = () =>
    [...vgg.buffers].map(([name, { variable }]) => [name, ...variable.dataSync()].join());
  const start = statistics();
  vgg.forward(images, { training: false });
  t.deepEqual(statistics(), start);
  vgg.forward(images, { training: true });
  const moved = statistics();
  t.is(moved.length, 2 * 5);
  for (const [i, text] of moved.entries()) t.not(text, start[i]);
  vgg.dispose();
});

test('convolutions start with variance 2/fan-out, the classifier with 0.01², biases at 0', async (t) => {
  const vgg = await model('cifar_vgg8').build({ classes: 100 });
  const values = (name: string) => vgg.parameters.get(name)!.variable.dataSync() as Float32Array;
  const variance = (name: string) => {
    const weights = values(name);
    return weights.reduce((total, value) => total + value * value, 0) / weights.length;
  };
  t.true(Math.abs(variance('block2.0.weight') / (2 / (9 * 256)) - 1) < 0.02);
  t.true(Math.abs(variance('classifier.weight') / 1e-4 - 1) < 0.03);
  for (const name of ['block0.0.bias', 'block4.0.bias', 'classifier.bias', 'block3.1.bias']) {
    t.true(values(name).every((value) => value === 0));
  }
  vgg.dispose();
});
