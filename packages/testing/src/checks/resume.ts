import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { RunStore } from '@kdx/core';
import { readSafetensors } from '@kdx/tensor';
import { Finding } from '../failure.js';
import { newStore, PowerCut } from '../kit/power-cut.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

/** Steps in an epoch: 12 images in batches of 4. */
const STEPS = 3;
const FILES = ['checkpoints/last', 'checkpoints/best', 'student'].map((name) => `${name}.safetensors`);

/**
 * A run of two epochs that is killed in its second and resumed ends in the bytes of one that was not: checkpoints,
 * plugin state and student. It resumes twice: at an epoch's first step and at its last.
 */
export async function checkResume(subject: Subject): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-conformance-'));
  try {
    const whole = join(folder, 'whole');
    const killed = join(folder, 'killed');
    await train(subject, newStore(whole));
    await train(subject, newStore(killed), STEPS);
    await train(subject, RunStore.open(killed), 2 * STEPS - 1);
    await train(subject, RunStore.open(killed));
    for (const file of FILES) await compare(join(whole, file), join(killed, file), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Trains to the end, or until the power is cut before a step. */
async function train(subject: Subject, store: RunStore, step?: number): Promise<void> {
  const cut = new PowerCut(step);
  const run = await kitRun(subject, {
    store,
    validation: 4,
    more: [cut.plugin],
    settings: { saveEvery: 2, mixup: 0.2, labelSmoothing: 0.1, ema: 0.9 },
  });
  await usingRun(run, () => cut.fit(run));
}

async function compare(whole: string, killed: string, file: string): Promise<void> {
  if (readFileSync(whole).equals(readFileSync(killed))) return;
  const [a, b] = [await readSafetensors(whole), await readSafetensors(killed)];
  const states = [a, b].map(({ metadata }) => JSON.parse(metadata['kdx.state'] ?? '{}').plugins ?? {});
  if (!isDeepStrictEqual(states[0], states[1])) {
    throw new Finding(
      `after a kill and resume its state in ${file} is ${JSON.stringify(states[1])}, and ${JSON.stringify(states[0])} in a run that was not killed; put into "save" all that steps change, and take it back in "load".`,
    );
  }
  for (const [name, { data }] of a.tensors) {
    const other = b.tensors.get(name)?.data;
    const by = Math.max(...Array.from(data, (value, i) => Math.abs(Number(value) - Number(other?.[i]))));
    if (by === 0) continue;
    throw new Finding(
      `after a kill and resume ${name} in ${file} differs by up to ${by.toPrecision(3)} from a run that was not killed; save what steps change ("save" and "load"), draw random numbers from ctx.rng or step.rng, and keep nothing outside of setup.`,
    );
  }
  throw new Finding(
    `after a kill and resume ${file} differs in its metadata from a run that was not killed.`,
  );
}
