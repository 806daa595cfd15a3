import { createHash } from 'node:crypto';
import { type Plugin } from '@kdx/core';
import { explainRun } from '@kdx/core/inspect';
import { offersTask } from '@kdx/core/run';
import { isKdxError, messageOf } from '@kdx/tensor';
import { Finding } from '../failure.js';
import { baseTask } from '../kit/base-task.js';
import { kitRun, usingRun, withTask } from '../kit/run.js';
import type { Subject } from '../subject.js';

/**
 * Beside the task, and beside each plugin that the author names, the run is the same in whichever order the two are
 * made and named: explanation, and all weights after an epoch. Two runs in the same order are the same, too.
 */
export async function checkOrder(subject: Subject): Promise<string[]> {
  const notes: string[] = [];
  const isTask = offersTask(subject.definition);
  for (const other of [...(isTask ? [] : [() => baseTask()]), ...subject.beside]) {
    const first = await outcome(subject, () => [subject.make(), other()]);
    const again = await outcome(subject, () => [subject.make(), other()]);
    const second = await outcome(subject, () => [other(), subject.make()]);
    const { name } = other().definition;
    const [repeated, reordered] = [difference(first, again), difference(first, second)];
    if (repeated) {
      throw new Finding(
        `two equal runs beside "${name}" are not the same (${repeated}); keep nothing outside of setup, and draw random numbers from ctx.rng or step.rng.`,
      );
    }
    if (reordered) {
      throw new Finding(
        `named before "${name}" the run is another than named after it (${reordered}); a plugin may know of others only through requires, supersede() and slots.`,
      );
    }
    if (first.refused) notes.push(`beside "${name}" it is refused: ${first.refused}`);
  }
  return notes;
}

interface Outcome {
  /** Why the run was refused, which must not depend on the order either. */
  readonly refused?: string;
  readonly explained?: string;
  /** All weights at the end. */
  readonly digest?: string;
}

async function outcome(subject: Subject, make: () => Plugin[]): Promise<Outcome> {
  try {
    const run = await kitRun(subject, { plugins: withTask(make()), settings: { epochs: 1 } });
    return await usingRun(run, async ({ composition }) => {
      const explained = JSON.stringify(explainRun(composition));
      await run.fit();
      const hash = createHash('sha256');
      const { student, modules } = composition;
      const weights = [student.parameters, ...[...modules.values()].map(({ store }) => store.parameters)];
      for (const parameters of weights)
        for (const { variable } of parameters.values())
          hash.update(new Uint8Array((variable.dataSync() as Float32Array).slice().buffer));
      return { explained, digest: hash.digest('hex') };
    });
  } catch (error) {
    if (isKdxError(error)) return { refused: messageOf(error) };
    throw error;
  }
}

/** Where two runs part; undefined when they do not. */
function difference(a: Outcome, b: Outcome): string | undefined {
  if (a.refused !== b.refused) return `${a.refused ?? 'composed'} and ${b.refused ?? 'composed'}`;
  const [one = '', other = ''] = [a.explained, b.explained];
  if (one === other)
    return a.digest === b.digest ? undefined : 'explained alike, with other weights after an epoch';
  let at = 0;
  while (one[at] === other[at]) at++;
  const cut = (text: string): string => text.slice(Math.max(0, at - 24), at + 24);
  return `explained as …${cut(one)}… and …${cut(other)}…`;
}
