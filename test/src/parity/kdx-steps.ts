import { join } from 'node:path';
import { definePlugin, type Model } from '@kdx/core';
import { normalizeImages } from '@kdx/core/run';
import { saveWeights } from '@kdx/models';
import { prepareRun } from '@kdx/run';
import { type HostTensor, writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { ParityCase } from './cases.js';

export const STEPS = 20;
const BATCH = 16;
const SIZE = [32, 32, 3] as const;
const CLASSES = 10;
const TEACHER = 'cifar_resnet8';

/** The losses before each update, and the class head's cross-entropy on the first batch after the last one. */
export interface Losses {
  readonly losses: readonly number[];
  /** In inference mode: what batch norm's running statistics came to shows nowhere else. */
  readonly evaluationLoss: number;
}

/** What a run began with, as files for another program. */
export interface StartFiles {
  readonly student: string;
  readonly teacher: string;
  readonly batches: string;
}

export const startFiles = (folder: string): StartFiles => ({
  student: join(folder, 'student.safetensors'),
  teacher: join(folder, 'teacher.safetensors'),
  batches: join(folder, 'batches.safetensors'),
});

/** Trains a case for {@link STEPS} steps on a back end and leaves what it began with in a folder. */
export async function kdxSteps(
  { student, plugins, optimizer, lr, weightDecay }: ParityCase,
  backend: 'wasm' | 'torch',
  folder: string,
): Promise<Losses> {
  const images: Float32Array[] = [];
  const targets: Float32Array[] = [];
  const recorder = definePlugin({
    name: 'recorder',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'Keeps the batches',
    options: z.strictObject({}),
    setup(ctx) {
      ctx.hook('batch', (batch) => {
        images.push(Float32Array.from(batch.images));
        targets.push(Float32Array.from(batch.targets));
        return batch;
      });
    },
  });
  const run = await prepareRun({
    student,
    teacher: TEACHER,
    data: `shapes?classes=${CLASSES}&train=${STEPS * BATCH}&validation=0&test=${BATCH}`,
    plugins: [...(plugins as []), recorder()],
    epochs: 1,
    batch: BATCH,
    lr,
    optimizer: { name: optimizer, weightDecay },
    schedule: { type: 'constant' },
    logEvery: 1,
    backend,
    threads: 1,
    out: false,
  });
  try {
    const files = startFiles(folder);
    const { composition, events } = run;
    await saveWeights(composition.student, files.student);
    await saveWeights(composition.teachers[0] as Model, files.teacher);
    const losses: number[] = [];
    events.on('event', (event) => {
      if (event.type === 'step') losses.push(event.loss);
    });
    await run.fit();
    const recorded = new Map<string, HostTensor>([
      ['images', { shape: [STEPS, BATCH, ...SIZE], data: joined(images) }],
      ['targets', { shape: [STEPS, BATCH, CLASSES], data: joined(targets) }],
    ]);
    await writeSafetensors(files.batches, recorded, {});
    return { losses, evaluationLoss: await evaluationLoss(composition.student, images[0], targets[0]) };
  } finally {
    await run.dispose();
  }
}

async function evaluationLoss(model: Model, images: Float32Array, targets: Float32Array): Promise<number> {
  const loss = tf.tidy(() => {
    const x = normalizeImages(tf.tensor4d(images, [BATCH, ...SIZE]), model.spec);
    const { logits } = model.forward(x, { training: false });
    return tf.losses.softmaxCrossEntropy(tf.tensor2d(targets, [BATCH, CLASSES]), logits);
  });
  const [value] = await loss.data();
  loss.dispose();
  return value;
}

/** Arrays of one length, one after the other. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.length * parts[0].length);
  parts.forEach((part, i) => {
    whole.set(part, i * part.length);
  });
  return whole;
}
