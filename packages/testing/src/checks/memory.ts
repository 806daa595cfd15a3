import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunStore } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { Finding } from '../failure.js';
import { newStore, PowerCut } from '../kit/power-cut.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

const EPOCHS = 3;
/** 16 images in batches of 4. */
const STEPS = 4;

/**
 * No step, epoch, evaluation or checkpoint leaves tensors behind, and a disposed run leaves none at all, nor does one that
 * goes on from a checkpoint. What is made once in a process, such as a back end's constants, is made in a run before.
 */
export async function checkMemory(subject: Subject): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-conformance-'));
  try {
    await watch(subject, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function watch(subject: Subject, folder: string): Promise<void> {
  const warm = await kitRun(subject, {
    train: 4,
    validation: 4,
    settings: { epochs: 1 },
    store: newStore(join(folder, 'warm')),
  });
  await usingRun(warm, () => warm.fit());

  const start = tf.memory().numTensors;
  /** Tensors before each step, by epoch. */
  const counts: number[][] = [];
  const settings = { epochs: EPOCHS };
  const images = { train: STEPS * 4, validation: 4 };
  const directory = join(folder, 'run');
  // At the last step, so that there is something to go on with.
  const cut = new PowerCut(EPOCHS * STEPS - 1, ({ epoch, stepInEpoch }) => {
    counts[epoch] ??= [];
    counts[epoch][stepInEpoch] = tf.memory().numTensors;
  });
  const begun = { ...images, settings, more: [cut.plugin] };
  const run = await kitRun(subject, { ...begun, store: newStore(directory) });
  await usingRun(run, () => cut.fit(run));
  checkCounts(counts);
  checkDisposed(start, 'a run that was disposed');

  const more = [new PowerCut().plugin];
  const resumed = await kitRun(subject, { ...begun, more, store: RunStore.open(directory) });
  await usingRun(resumed, () => resumed.fit());
  checkDisposed(start, 'a run that went on from a checkpoint and was disposed');
}

/** In its first step an epoch may make what it needs throughout, such as an optimiser's slots. */
function checkCounts(counts: readonly (readonly number[])[]): void {
  for (const [epoch, each] of counts.entries()) {
    const steps = each.length - 2;
    const grown = each[each.length - 1] - each[1];
    if (grown <= 0) continue;
    throw new Finding(
      `${left(grown)} left behind by ${steps} steps of epoch ${epoch} (${each.join(', ')} before each); keep nothing with tf.keep, and dispose what a hook makes.`,
    );
  }
  const firsts = counts.map(([first]) => first);
  const [, second, third] = firsts;
  if (third <= second) return;
  throw new Finding(
    `${left(third - second)} left behind by an epoch with its evaluation and its checkpoint (${firsts.join(', ')} before each); dispose in "epochEnd" what "epochStart" or "evaluate" made, and in "save" what it made.`,
  );
}

function checkDisposed(start: number, what: string): void {
  const left = tf.memory().numTensors - start;
  if (left === 0) return;
  throw new Finding(
    left > 0
      ? `${left} tensors outlive ${what}; dispose in the hook "close" what the plugin made, and in "load" what it replaces.`
      : `${what} took ${-left} tensors with it that were there before; dispose only what the plugin made.`,
  );
}

const left = (tensors: number): string => (tensors === 1 ? '1 tensor is' : `${tensors} tensors are`);
