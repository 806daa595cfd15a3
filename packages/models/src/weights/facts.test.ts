import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunWarning } from '@kdx/core';
import { type HostTensor, readSafetensors, writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { model } from '../families/registry.js';
import { loadWeights } from './load.js';
import { saveWeights } from './save.js';

let folder: string;
test.before(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'kdx-facts-'));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

const NAME = 'convnet?width=2&stages=1';
const CLASS_NAMES = ['a', 'b', 'c'];
const data = { classes: 3, imageSize: [8, 8, 3], labelNames: CLASS_NAMES } as const;

async function saved(file: string, change?: (tensors: Map<string, HostTensor>) => void): Promise<string> {
  const path = join(folder, file);
  const built = await model(NAME).build({ ...data, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2], seed: 3 });
  await saveWeights(built, path, { classNames: CLASS_NAMES });
  built.dispose();
  if (!change) return path;
  const { tensors, metadata } = await readSafetensors(path);
  const changed = new Map<string, HostTensor>(tensors);
  change(changed);
  await writeSafetensors(path, changed, metadata);
  return path;
}

async function warningsOf(name: string, more: object = {}): Promise<RunWarning[]> {
  const warnings: RunWarning[] = [];
  const built = await model(name).build({ ...data, ...more, onWarning: (warning) => warnings.push(warning) });
  built.dispose();
  return warnings;
}

test('a model keeps what its file says', async (t) => {
  const file = await saved('kept.safetensors');
  const built = await model(`${NAME}@${file}`).build({ ...data, onWarning: () => t.fail() });
  t.like(built.weights, { file, model: NAME, classes: 3, labelNames: CLASS_NAMES, inputSize: [8, 8, 3] });
  built.dispose();
  const fresh = await model(NAME).build(data);
  t.is(fresh.weights, undefined);
  await loadWeights(fresh, file);
  t.like(fresh.weights, { file, labelNames: CLASS_NAMES }, 'also what is loaded later');
  fresh.dispose();
});

test.serial(
  'classes in another order are refused before anything is built, another size is warned of',
  async (t) => {
    const file = await saved('order.safetensors');
    const before = tf.memory().numTensors;
    await t.throwsAsync(warningsOf(`${NAME}@${file}`, { labelNames: ['b', 'a', 'c'] }), {
      code: 'KDX_CLASS_NAMES',
    });
    t.is(tf.memory().numTensors, before);
    const warnings = await warningsOf(`${NAME}@${file}`, { imageSize: [16, 16, 3] });
    t.deepEqual(
      warnings.map(({ code }) => code),
      ['KDX_WEIGHTS_IMAGE_SIZE'],
    );
  },
);

for (const prefix of ['module.', 'model.', '_orig_mod.', 'state_dict.model.module.', 'net.encoder.']) {
  test(`names that all begin with ${prefix} are read without it`, async (t) => {
    const plain = await saved('plain.safetensors');
    const file = await saved(`${prefix}safetensors`, (tensors) => {
      for (const [name, tensor] of [...tensors]) {
        tensors.delete(name);
        tensors.set(`${prefix}${name}`, tensor);
      }
    });
    const warnings: RunWarning[] = [];
    const [expected, built] = await Promise.all(
      [plain, file].map((each) =>
        model(`${NAME}@${each}`).build({ ...data, seed: 9, onWarning: (warning) => warnings.push(warning) }),
      ),
    );
    t.deepEqual(
      warnings.map(({ code }) => code),
      ['KDX_WEIGHTS_PREFIX'],
    );
    t.true(warnings[0].message.includes(`"${prefix}"`));
    for (const [name, { variable }] of [...expected.parameters, ...expected.buffers]) {
      const same = built.parameters.get(name) ?? built.buffers.get(name);
      t.deepEqual(same!.variable.dataSync(), variable.dataSync(), name);
    }
    expected.dispose();
    built.dispose();
  });
}

test('a file of several models, and names left over beside a prefix, are refused by name', async (t) => {
  const two = await saved('two.safetensors', (tensors) => {
    for (const [name, tensor] of [...tensors]) {
      tensors.delete(name);
      tensors.set(`student.${name}`, tensor);
      tensors.set(`teacher.${name}`, tensor);
    }
  });
  await t.throwsAsync(warningsOf(`${NAME}@${two}`), {
    code: 'KDX_WEIGHTS_MISMATCH',
    message: /holds several models: its names begin with "student\." and "teacher\."/,
  });
  const extra = await saved('extra.safetensors', (tensors) => {
    for (const [name, tensor] of [...tensors]) {
      tensors.delete(name);
      tensors.set(`model.${name}`, tensor);
    }
    tensors.set('criterion.weight', { shape: [1], data: Float32Array.of(1) });
  });
  await t.throwsAsync(warningsOf(`${NAME}@${extra}`), {
    code: 'KDX_WEIGHTS_MISMATCH',
    message: /has the unknown 1 tensor: "criterion\.weight"/,
  });
});

for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`${value} in a file is told with the file and the tensor, and nothing is set`, async (t) => {
    const file = await saved(`${value}.safetensors`, (tensors) => {
      const bias = tensors.get('fc.bias')!;
      tensors.set('fc.bias', { ...bias, data: Float32Array.of(0, value, value) });
    });
    const error = await t.throwsAsync(warningsOf(`${NAME}@${file}`), { code: 'KDX_WEIGHTS_NON_FINITE' });
    t.true(
      error!.message.startsWith(
        `"${file}" (${NAME}) holds ${value} in the tensor "fc.bias" (2 of 3 numbers)`,
      ),
    );
    t.notRegex(error!.message, /--lr|clip/);
  });
}

test('metadata that contradicts the tensors is refused', async (t) => {
  const file = await saved('contradicts.safetensors');
  const { tensors, metadata } = await readSafetensors(file);
  await writeSafetensors(file, tensors, { ...metadata, 'kdx.classNames': '["a","b"]' });
  await t.throwsAsync(warningsOf(`${NAME}@${file}`), {
    code: 'KDX_WEIGHTS_METADATA',
    message: /says kdx\.classNames of 2 classes, and its "fc\.weight" has 3/,
  });
});

test('options that no shape tells are warned of, those of training are not', async (t) => {
  const vit = 'vit_tiny_patch16_224?patch=4&dim=16&depth=1&img=8';
  const file = join(folder, 'heads.safetensors');
  const built = await model(`${vit}&heads=2`).build({ classes: 3 });
  await saveWeights(built, file);
  built.dispose();
  const [{ code, message }] = await warningsOf(`${vit}&heads=4@${file}`);
  t.is(code, 'KDX_WEIGHTS_MODEL');
  t.regex(message, /says that it holds ".*heads=2&img=8": heads=2, here 4, /);
  t.deepEqual(await warningsOf(`${vit}&heads=2&drop=0.1&drop-path=0.2@${file}`), []);
});
