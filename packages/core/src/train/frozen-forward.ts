import * as tf from '@tensorflow/tfjs';
import { normalizeImages } from '../batch/normalize-images.js';
import { type ModelReads, teacherName } from '../compose/refs.js';
import type { Model, ModelOutput } from '../contracts/model.js';
import type { Ref } from '../contracts/term.js';
import { forwardOf } from '../expected/model-output.js';
import type { TeacherBatch } from '../teacher-cache/cached-teacher.js';
import type { TeacherOutput } from '../teacher-cache/logits.js';
import type { TeacherCache } from '../teacher-cache/teacher-cache.js';
import type { StepPlan } from './step-plan.js';

/**
 * Runs each teacher that an active term reads, once, off the tape, as deep as it is read; or takes its logits from the
 * cache, where there is one and nothing else is read. The caller disposes the tensors.
 */
export async function frozenForward(
  teachers: readonly Model[],
  batch: TeacherBatch,
  plan: StepPlan,
  cache?: TeacherCache,
): Promise<Map<Ref, tf.Tensor>> {
  const outputs = new Map<Ref, tf.Tensor>();
  try {
    for (const [index, teacher] of teachers.entries()) {
      const name = teacherName(index);
      const reads = plan.reads.get(name);
      if (!reads) continue;
      const run = (images: tf.Tensor4D): ModelOutput => runFrozen(teacher, images, reads);
      if (cache && reads.taps.size === 0) {
        keepLogits(name, await cache.logits(index, batch, run), outputs);
        continue;
      }
      cache?.tapped(index, reads.taps);
      const output = run(batch.images);
      if (reads.logits) keepLogits(name, output, outputs);
      for (const [path, tap] of Object.entries(output.taps)) outputs.set(`${name}.${path}`, tap);
    }
  } catch (error) {
    for (const tensor of outputs.values()) tensor.dispose();
    throw error;
  }
  return outputs;
}

function runFrozen(teacher: Model, images: tf.Tensor4D, reads: ModelReads): ModelOutput {
  let output: ModelOutput | undefined;
  tf.tidy(() => {
    output = forwardOf(teacher, normalizeImages(images, teacher.spec), {
      training: false,
      taps: [...reads.taps],
      logits: reads.logits,
    });
    const read = reads.logits ? [output.logits, ...Object.values(output.heads)] : [];
    for (const tensor of [...read, ...Object.values(output.taps)]) tf.keep(tensor);
  });
  return output as unknown as ModelOutput;
}

function keepLogits(name: string, { logits, heads }: TeacherOutput, outputs: Map<Ref, tf.Tensor>): void {
  outputs.set(`${name}.logits`, logits);
  for (const [head, tensor] of Object.entries(heads)) outputs.set(`${name}.heads.${head}`, tensor);
}
