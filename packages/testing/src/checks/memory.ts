import * as tf from '@tensorflow/tfjs';
import { Finding } from '../failure.js';
import { probe } from '../kit/probe.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

/**
 * No step, epoch or evaluation leaves tensors behind, and a disposed run leaves none at all. What is made once in a
 * process, such as a back end's constants, is made in a run before.
 */
export async function checkMemory(subject: Subject): Promise<void> {
  const warm = await kitRun(subject, { train: 4, validation: 4, settings: { epochs: 1 } });
  await usingRun(warm, () => warm.fit());

  const start = tf.memory().numTensors;
  /** Tensors before each step, by epoch. */
  const counts: number[][] = [];
  const counting = probe((ctx) =>
    ctx.hook('stepStart', ({ epoch, stepInEpoch }) => {
      counts[epoch] ??= [];
      counts[epoch][stepInEpoch] = tf.memory().numTensors;
    }),
  );
  const settings = { epochs: 3 };
  const run = await kitRun(subject, { train: 16, validation: 4, settings, more: [counting] });
  await usingRun(run, () => run.fit());
  // In its first step an epoch may make what it needs throughout, such as an optimiser's slots.
  for (const [epoch, each] of counts.entries()) {
    const steps = each.length - 2;
    const grown = each[each.length - 1] - each[1];
    if (grown <= 0) continue;
    throw new Finding(
      `${grown} tensors are left behind by ${steps} steps of epoch ${epoch} (${each.join(', ')} before each); keep nothing with tf.keep, and dispose what a hook makes.`,
    );
  }
  const firsts = counts.map(([first]) => first);
  const [, second, third] = firsts;
  if (third > second) {
    throw new Finding(
      `${third - second} tensors are left behind by an epoch and its evaluation (${firsts.join(', ')} before each); dispose in "epochEnd" what "epochStart" or "evaluate" made.`,
    );
  }
  const left = tf.memory().numTensors - start;
  if (left === 0) return;
  throw new Finding(
    left > 0
      ? `${left} tensors outlive a run that was disposed; dispose in the hook "close" what the plugin made.`
      : `a run disposes ${-left} tensors that were there before it; dispose only what the plugin made.`,
  );
}
