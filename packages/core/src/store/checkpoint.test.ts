import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { code } from '../train/tiny-run.test.helper.js';
import { readCheckpoint, snapshot, writeCheckpoint } from './checkpoint.js';

await tf.setBackend('cpu');

const folder = (): string => mkdtempSync(join(tmpdir(), 'kdx-checkpoint-'));

test('tensors and state come back as they went', async (t) => {
  const file = join(folder(), 'last.safetensors');
  const tensors = new Map([
    ['a/weight', { shape: [2, 2], data: Float32Array.of(1, -0, 1e-42, 3.4e38) }],
    ['a/step', { shape: [], data: Int32Array.of(7) }],
  ]);
  const state = { step: 3, mean: 0.1 + 0.2, name: 'süß', none: null };
  await writeCheckpoint(file, { tensors, state });
  const read = await readCheckpoint<typeof state>(file);
  t.deepEqual(read.state, state);
  for (const [name, { shape, data }] of tensors) {
    t.deepEqual(read.tensors.get(name)?.shape, shape);
    t.deepEqual(read.tensors.get(name)?.data, data);
  }
});

test('equal checkpoints have equal bytes, and nothing is left beside them', async (t) => {
  const directory = folder();
  const checkpoint = {
    tensors: new Map([['x', { shape: [1], data: Float32Array.of(1) }]]),
    state: { step: 1 },
  };
  await writeCheckpoint(join(directory, 'a'), checkpoint);
  await new Promise((done) => setTimeout(done, 5));
  await writeCheckpoint(join(directory, 'b'), checkpoint);
  t.true(readFileSync(join(directory, 'a')).equals(readFileSync(join(directory, 'b'))));
  t.deepEqual(readdirSync(directory).sort(), ['a', 'b']);
});

test('a snapshot does not move with what it was taken of', async (t) => {
  const variable = tf.tidy(() => tf.variable(tf.ones([3])));
  const copy = await snapshot(new Map([['x', variable as tf.Tensor]]));
  // A back end may update in place; the CPU back end shows its own memory.
  (await variable.data()).fill(9);
  t.deepEqual([...(copy.get('x')?.data ?? [])], [1, 1, 1]);
  variable.dispose();
});

test('state and tensors of two checkpoints cannot be mixed', async (t) => {
  const directory = folder();
  const file = join(directory, 'x');
  const tensors = new Map([['x', { shape: [2], data: Float32Array.of(1, 2) }]]);
  await writeCheckpoint(file, { tensors, state: { step: 1 } });
  const bytes = readFileSync(file);
  const text = bytes.toString('latin1').replace('\\"step\\":1', '\\"step\\":2');
  t.not(text, bytes.toString('latin1'));
  const { writeFileSync } = await import('node:fs');
  writeFileSync(file, Buffer.from(text, 'latin1'));
  const error = await t.throwsAsync(readCheckpoint(file));
  t.is(code(error), 'KDX_CHECKPOINT');
  t.regex(error?.message ?? '', /is damaged/);
});

test('a file that is not there is said so', async (t) => {
  const error = await t.throwsAsync(readCheckpoint(join(folder(), 'none.safetensors')));
  t.regex(code(error) ?? '', /^KDX_WEIGHTS_/);
});
