import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { distill } from 'kdx';
import { STUDENT } from '../support/tiny-run.js';

test('1,000 steps on wasm leave no tensor behind', async (t) => {
  t.timeout(5 * 60_000);
  const tensors: number[] = [];
  const bytes: number[] = [];
  const { dispose } = await distill({
    student: `${STUDENT}&drop=0.1&drop-path=0.1`,
    teacher: 'convnet?width=4',
    data: 'shapes?train=200&validation=8&test=8&augment=flip',
    plugins: 'deit',
    epochs: 20,
    batch: 4,
    mixup: 0.8,
    ema: 0.99,
    clip: 1,
    backend: 'wasm',
    out: false,
    onEvent: (event) => {
      if (event.type !== 'epoch') return;
      const memory = tf.memory();
      tensors.push(memory.numTensors);
      bytes.push(memory.numBytes);
    },
  });
  t.is(tensors.length, 20);
  // The first epoch also makes the optimiser's slots.
  t.deepEqual(new Set(tensors.slice(1)).size, 1, tensors.join(', '));
  t.deepEqual(new Set(bytes.slice(1)).size, 1, bytes.join(', '));
  await dispose();
  t.is(tf.memory().numTensors, 0);
});
