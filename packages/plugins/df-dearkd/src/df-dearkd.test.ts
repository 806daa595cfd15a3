import { createRun, runSettings } from '@kdx/core/run';
import { fromArrays } from '@kdx/data';
import { model } from '@kdx/models';
import { kd } from '@kdx/plugin-kd';
import { classification } from '@kdx/task-classification';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { dfDearkd } from './index.js';
import { noisePool, temporaryFolder } from './tiny-pool.test.helper.js';
import { trainOnPool } from './train-on-pool.js';

test.before(() => tf.setBackend('cpu'));

const real = (classes = 5, side = 8) => {
  const images = (count: number) =>
    Float32Array.from({ length: count * side * side * 3 }, (_, i) => (i % 7) / 7);
  const labels = (count: number) => Array.from({ length: count }, (_, i) => i % classes);
  return fromArrays({
    name: 'real',
    imageSize: [side, side, 3],
    labelNames: Array.from({ length: classes }, (_, k) => `real ${k}`),
    images: images(30),
    labels: labels(30),
    validation: { images: images(10), labels: labels(10) },
    test: { images: images(15), labels: labels(15) },
  });
};

const runOf = (plugins: Parameters<typeof createRun>[0]['plugins'], data = real()) =>
  createRun({
    name: 'data-free',
    student: model('cifar_resnet8'),
    teachers: [model('cifar_resnet14')],
    data,
    plugins: [...plugins, classification()],
    backend: { name: 'cpu', build: '', threads: 1, device: 'cpu', precision: 'float32' },
    settings: runSettings.parse({ epochs: 1, batch: 5, teacherImages: 0 }),
  });

test.serial('it trains on the pool and on nothing else, and evaluates on real images', async (t) => {
  const directory = await temporaryFolder(t);
  await noisePool(directory);
  const read: number[] = [];
  const data = real();
  const watched = {
    ...data,
    train: { ...data.train, read: () => t.fail('a real training image was read') },
    test: {
      ...data.test!,
      read: (index: number, out: Float32Array) => {
        read.push(index);
        return data.test!.read(index, out);
      },
    },
  };
  const run = await runOf([kd(), dfDearkd({ pool: directory, dearkd: false })], watched as typeof data);
  try {
    const { composition } = run;
    t.is(composition.data.train.length, 20);
    t.deepEqual(composition.data.labelNames, data.labelNames);
    t.deepEqual(composition.student.spec.mean, [0.5, 0.5, 0.5]);
    t.deepEqual(composition.terms.map(({ id }) => id).sort(), ['classification/ce', 'kd/logits']);
    const summary = await run.fit();
    t.is(summary.test?.last.fused.images, 15);
    t.is(new Set(read).size, 15);
  } finally {
    await run.dispose();
  }
});

test.serial('options of the pool ride on its name', async (t) => {
  const directory = await temporaryFolder(t);
  await noisePool(directory);
  const run = await runOf([dfDearkd({ pool: `${directory}?per-class=2&augment=none`, dearkd: false })]);
  t.is(run.composition.data.train.length, 10);
  t.deepEqual(run.composition.data.augment, []);
  await run.dispose();
});

test('without a pool it names the command that makes one', async (t) => {
  await t.throwsAsync(runOf([dfDearkd({ dearkd: false })]), {
    code: 'KDX_POOL_MISSING',
    message: /kdx synth --invert .*"pool"/,
  });
  await t.throwsAsync(runOf([dfDearkd({ pool: '/nowhere/pool', dearkd: false })]), {
    code: 'KDX_POOL_MISSING',
    message: /kdx synth --invert .*--out \/nowhere\/pool/,
  });
});

test.serial('a pool of other classes or sizes than the real images is refused', async (t) => {
  const directory = await temporaryFolder(t);
  await noisePool(directory);
  const plugin = dfDearkd({ pool: directory, dearkd: false });
  await t.throwsAsync(runOf([plugin], real(6)), {
    code: 'KDX_POOL_DATA',
    message: /knows 5 classes, not the 6/,
  });
  await t.throwsAsync(runOf([plugin], real(5, 16)), {
    code: 'KDX_POOL_DATA',
    message: /8×8×3, not the 16×16×3/,
  });
});

test('classes in another order are refused; names that are others may be other names of the same', (t) => {
  const data = real();
  const named = (labelNames: string[]) => ({ ...data, name: 'pool:p', labelNames });
  t.throws(() => trainOnPool(data, named(['real 0', 'real 2', 'real 1', 'real 3', 'real 4'])), {
    code: 'KDX_POOL_DATA',
    message: /another order \(class 1 is "real 2", and "real 1" here\)/,
  });
  const numbered = named(data.labelNames.map((_, k) => `class ${k}`));
  t.deepEqual(trainOnPool(data, numbered).labelNames, data.labelNames);
});

test('both data sets decide the digest', (t) => {
  const [a, b] = [real(), real(5, 8)];
  const digest = (pool: string, evaluated: string) =>
    trainOnPool({ ...a, digest: evaluated }, { ...b, digest: pool }).digest;
  t.is(new Set([digest('p', 'r'), digest('q', 'r'), digest('p', 's')]).size, 3);
  t.is(digest('p', 'r'), digest('p', 'r'));
});

test('it brings DearKD, unless told not to', (t) => {
  const brought = (options: Parameters<typeof dfDearkd>[0]) =>
    dfDearkd.definition
      .brings?.(dfDearkd(options).options as never, { student: undefined })
      .map(({ definition }) => definition.name);
  t.deepEqual(brought({ pool: 'p' }), ['dearkd']);
  t.deepEqual(brought({ pool: 'p', dearkd: false }), []);
});
