import * as tf from '@tensorflow/tfjs';
import { teacherName } from '../compose/refs.js';
import type { Model } from '../contracts/model.js';
import type { Ref } from '../contracts/term.js';
import { normalizeImages } from './normalize-images.js';
import type { StepPlan } from './step-plan.js';

/**
 * Runs each teacher that an active term reads, once, off the tape, as deep as it is read. The caller disposes the
 * tensors.
 */
export function frozenForward(
  teachers: readonly Model[],
  images: tf.Tensor4D,
  plan: StepPlan,
): Map<Ref, tf.Tensor> {
  const outputs = new Map<Ref, tf.Tensor>();
  teachers.forEach((teacher, index) => {
    const name = teacherName(index);
    const reads = plan.reads.get(name);
    if (!reads) return;
    tf.tidy(() => {
      const output = teacher.forward(normalizeImages(images, teacher.spec), {
        training: false,
        taps: [...reads.taps],
        logits: reads.logits,
      });
      if (reads.logits) {
        outputs.set(`${name}.logits`, tf.keep(output.logits));
        for (const [head, logits] of Object.entries(output.heads))
          outputs.set(`${name}.heads.${head}`, tf.keep(logits));
      }
      for (const [path, tap] of Object.entries(output.taps)) outputs.set(`${name}.${path}`, tf.keep(tap));
    });
  });
  return outputs;
}
