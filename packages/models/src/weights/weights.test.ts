import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportState, readSafetensors, writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { model } from '../families/registry.js';
import { randomImages, randomise, stateOf } from '../reference/random-model.test.helper.js';
import { loadWeights } from './load.js';
import { readWeightsInfo } from './peek.js';
import { saveWeights } from './save.js';

let folder: string;

test.before(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'kdx-models-'));
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

const VIT = 'deit_tiny_distilled_patch16_224?patch=4&dim=16&depth=1&img=8';
const STATISTICS = { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] };

test('save and load keep every bit, of parameters and buffers alike', async (t) => {
  for (const [name, images] of [
    ['cifar_resnet8?img=8', [2, 8, 8, 3]],
    [VIT, [2, 8, 8, 3]],
  ] as const) {
    const file = join(folder, `${name.slice(0, 5)}.safetensors`);
    const saved = await model(name).build({ classes: 4, seed: 1 });
    randomise(saved);
    await saveWeights(saved, file);
    const loaded = await model(name).build({ classes: 4, seed: 2 });
    await loadWeights(loaded, file);
    const [before, after] = await Promise.all([stateOf(saved), stateOf(loaded)]);
    for (const key of [...saved.parameters.keys(), ...saved.buffers.keys()])
      t.deepEqual(before(key), after(key), key);
    const x = randomImages([...images]);
    const logits = (from: typeof saved) => from.forward(x, { training: false }).logits.dataSync();
    t.deepEqual(logits(saved), logits(loaded));
    saved.dispose();
    loaded.dispose();
  }
});

test('on disk a layer is as PyTorch has it', async (t) => {
  const file = join(folder, 'layout.safetensors');
  const built = await model('convnet?width=2&stages=1').build({ classes: 3, imageSize: [4, 4, 1] });
  const set = (name: string, values: number[], shape: number[]) =>
    built.parameters.get(name)!.variable.assign(tf.tensor(values, shape));
  // [in 2, out 3]: unit i weighs 10·i + k for class k.
  set('fc.weight', [0, 1, 2, 10, 11, 12], [2, 3]);
  // [kh 3, kw 3, in 1, out 2]: place (u, v) has 10·u + v for output 0 and 100 more for output 1.
  const places = [0, 1, 2].flatMap((u) => [0, 1, 2].map((v) => 10 * u + v));
  set(
    'layer1.conv.weight',
    places.flatMap((place) => [place, 100 + place]),
    [3, 3, 1, 2],
  );
  await saveWeights(built, file);
  const { tensors } = await readSafetensors(file);
  t.deepEqual(tensors.get('fc.weight')!.shape, [3, 2]);
  t.deepEqual([...tensors.get('fc.weight')!.data], [0, 10, 1, 11, 2, 12]);
  t.deepEqual(tensors.get('layer1.conv.weight')!.shape, [2, 1, 3, 3]);
  t.deepEqual(
    [...tensors.get('layer1.conv.weight')!.data],
    [...places, ...places.map((place) => 100 + place)],
  );
  built.dispose();
});

test('the file says what it takes to build the model again', async (t) => {
  const file = join(folder, 'again.safetensors');
  const built = await model(VIT).build({ classes: 2, ...STATISTICS });
  await saveWeights(built, file, { classNames: ['cat', 'dog'], headRule: 'mean' });
  const info = await readWeightsInfo(file);
  const expected = {
    classes: 2,
    labelNames: ['cat', 'dog'],
    inputSize: [8, 8, 3],
    headRule: 'mean',
    ...STATISTICS,
  };
  t.like(info, expected);
  t.is((await readSafetensors(file)).metadata.format, 'pt');
  const again = await model(info.model!).from(file).build({});
  t.deepEqual(again.spec, built.spec);
  built.dispose();
  again.dispose();
});

test('normalisation comes from the name, else the file, never from the data', async (t) => {
  const file = join(folder, 'normalised.safetensors');
  const built = await model('convnet?width=2').build({ classes: 2, ...STATISTICS });
  await saveWeights(built, file);
  built.dispose();
  const data = { mean: [0.9, 0.9, 0.9], std: [0.9, 0.9, 0.9] };
  const spec = async (name: string) => {
    const loaded = await model(name).build({ classes: 2, ...data });
    loaded.dispose();
    return { mean: loaded.spec.mean, std: loaded.spec.std };
  };
  t.deepEqual(await spec(`convnet?width=2@${file}`), STATISTICS);
  t.deepEqual(await spec('convnet?width=2'), data);
  t.deepEqual(await spec(`convnet?width=2&mean=0.5,0.4,0.3&std=[1,2,3]@${file}`), {
    mean: [0.5, 0.4, 0.3],
    std: [1, 2, 3],
  });
});

test('a foreign file of a CIFAR ResNet brings the benchmark’s statistics', async (t) => {
  const file = join(folder, 'foreign.safetensors');
  const built = await model('cifar_resnet8').build({ classes: 100 });
  await writeSafetensors(file, await exportState(built.parameters, built.buffers));
  built.dispose();
  const loaded = await model(`cifar_resnet8@${file}`).build({ mean: [0, 0, 0], std: [1, 1, 1] });
  t.like(loaded.spec, { classes: 100, mean: [0.507, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2761] });
  loaded.dispose();
});

test.serial('weights for other classes than the data’s are refused before anything is built', async (t) => {
  const file = join(folder, 'ten.safetensors');
  const built = await model('cifar_resnet8').build({ classes: 10 });
  await saveWeights(built, file);
  built.dispose();
  const before = tf.memory().numTensors;
  const error = await t.throwsAsync(model(`cifar_resnet8@${file}`).build({ classes: 100 }), {
    code: 'KDX_CLASS_COUNT',
  });
  t.regex(
    error!.message,
    /"cifar_resnet8" was trained for 10 classes \(.*ten\.safetensors\), the data set has 100; /,
  );
  t.is(tf.memory().numTensors, before);
});

test.serial(
  'a file of another model is refused, says what it holds, and leaves nothing behind',
  async (t) => {
    const file = join(folder, 'wide.safetensors');
    const built = await model('convnet?width=6').build({ classes: 2 });
    await saveWeights(built, file);
    built.dispose();
    const before = tf.memory().numTensors;
    await t.throwsAsync(model(`convnet?width=4@${file}`).build({ classes: 2 }), {
      code: 'KDX_WEIGHTS_MISMATCH',
      message: /The file says that it holds "convnet\?width=6"/,
    });
    await t.throwsAsync(model(`vit_tiny_patch16_224@${file}`).build({ classes: 2 }), {
      code: 'KDX_WEIGHTS_MISMATCH',
      message: /no class head "head\.weight".*"convnet\?width=6"/,
    });
    await t.throwsAsync(model(`convnet@${file}.nowhere`).build({ classes: 2 }), {
      code: 'KDX_WEIGHTS_MISSING',
    });
    t.is(tf.memory().numTensors, before);
  },
);

test('equal models give equal files', async (t) => {
  const bytes = async (file: string) => {
    const built = await model('convnet?width=2').build({ classes: 2, seed: 5 });
    await saveWeights(built, join(folder, file));
    built.dispose();
    return readFile(join(folder, file));
  };
  t.deepEqual(await bytes('one.safetensors'), await bytes('two.safetensors'));
});
