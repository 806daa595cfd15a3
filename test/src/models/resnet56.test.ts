import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import type { Model } from '@kdx/core';
import { normalizeImages } from '@kdx/core/run';
import { model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { BACKEND } from '../support/backend.js';
import { cifar100Directory, realDataTest, teacherWeights } from '../support/test-data.js';

const RECORD = 2 + 3072;
const IMAGES = 500;
const BATCH = 100;

interface Sample {
  /** `[32, 32, 3]` in [0, 1]. */
  readonly pixels: Float32Array;
  readonly label: number;
}

/** Every twentieth test image: coarse label, fine label, then the planes R, G, B row by row. */
function readSamples(directory: string): Sample[] {
  const file = openSync(join(directory, 'test.bin'), 'r');
  const record = Buffer.alloc(RECORD);
  const samples = Array.from({ length: IMAGES }, (_, i) => {
    readSync(file, record, 0, RECORD, i * 20 * RECORD);
    const pixels = Float32Array.from(
      { length: 3072 },
      (_, at) => record[2 + (at % 3) * 1024 + Math.floor(at / 3)] / 255,
    );
    return { pixels, label: record[1] };
  });
  closeSync(file);
  return samples;
}

/** Top-1 accuracy in percent. */
async function accuracy(of: Model, samples: readonly Sample[]): Promise<number> {
  let correct = 0;
  for (let start = 0; start < samples.length; start += BATCH) {
    const batch = samples.slice(start, start + BATCH);
    const predictions = tf.tidy(() => {
      const images = tf.stack(batch.map(({ pixels }) => tf.tensor3d(pixels, [32, 32, 3]))) as tf.Tensor4D;
      return tf.argMax(of.forward(normalizeImages(images, of.spec), { training: false }).logits, 1);
    });
    const classes = await predictions.data();
    predictions.dispose();
    correct += batch.filter(({ label }, i) => classes[i] === label).length;
  }
  return (100 * correct) / samples.length;
}

/** The published weights score 72.63 % on the whole test split; of 500 images, two standard errors are 4 points. */
realDataTest(test)(
  `ResNet-56 with its published weights scores what it should on CIFAR-100 (${BACKEND})`,
  async (t) => {
    const [directory, file] = [cifar100Directory()!, teacherWeights('cifar100_resnet56.safetensors')!];
    await (BACKEND === 'torch' ? torchBackend() : wasmBackend()).load({ threads: 1 });
    const samples = readSamples(directory);
    const teacher = await model(`cifar_resnet56@${file}`).build({ mean: [0, 0, 0], std: [1, 1, 1] });
    t.like(teacher.spec, {
      classes: 100,
      parameterCount: 861_620,
      mean: [0.507, 0.4865, 0.4409],
      std: [0.2673, 0.2564, 0.2761],
    });
    const scored = await accuracy(teacher, samples);
    t.log(`top-1 ${scored.toFixed(2)} % of ${IMAGES} test images`);
    t.true(scored > 69 && scored < 77, `${scored}`);
    teacher.dispose();

    // The control: the same weights under another normalisation fall out of that range.
    const misled = await model(`cifar_resnet56?mean=0.5,0.5,0.5&std=0.5,0.5,0.5@${file}`).build({
      classes: 100,
    });
    const wrong = await accuracy(misled, samples);
    t.true(wrong < 69, `${wrong}`);
    misled.dispose();
  },
);
