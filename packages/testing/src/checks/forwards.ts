import { teacherName } from '@kdx/core';
import { clockAt, planStep, type Run } from '@kdx/core/run';
import * as tf from '@tensorflow/tfjs';
import { Finding } from '../failure.js';
import { probe } from '../kit/probe.js';
import { kitRun, pluginsOf, usingRun, withTask } from '../kit/run.js';
import type { SeenForward } from '../kit/watched-model.js';
import type { Subject } from '../subject.js';

/**
 * Each model runs once in a step that reads it, and in no other: counted against what the terms with a weight declare,
 * first as the plugin weighs them, then with all of them switched off.
 */
export async function checkForwards(subject: Subject): Promise<void> {
  const seen: SeenForward[] = [];
  const options = { seen: (forward: SeenForward) => void seen.push(forward) };
  const run = await kitRun(subject, options);
  const terms = run.composition.terms.map(({ id }) => id).filter((id) => !id.startsWith('base/'));
  await usingRun(run, () => count(run, seen, 'as its terms are weighed'));

  seen.length = 0;
  const silencing = probe((ctx) => {
    for (const id of terms) ctx.supersede(id, 'conformance');
    // The plugin may have superseded the task, and a step needs a term.
    ctx.addTerm({
      id: 'alive',
      group: 'aux',
      reads: ['student.logits'],
      compute: ({ read }) => tf.mean(tf.square(read('student.logits'))),
    });
  });
  const plugins = pluginsOf(subject).filter(({ definition }) => definition.name !== 'base');
  const silenced = await kitRun(subject, {
    ...options,
    plugins: withTask(plugins),
    more: [silencing],
  });
  await usingRun(silenced, () => count(silenced, seen, 'with its terms switched off'));
}

async function count(run: Run, seen: readonly SeenForward[], how: string): Promise<void> {
  const { composition } = run;
  const { settings, stepsPerEpoch, teachers } = composition;
  const steps = settings.epochs * stepsPerEpoch;
  const expected = new Map(['student', ...teachers.map((_, i) => teacherName(i))].map((name) => [name, 0]));
  for (let step = 0; step < steps; step++) {
    const clock = clockAt([{ epochs: settings.epochs, stepsPerEpoch }], step);
    for (const name of planStep(composition, clock).reads.keys())
      expected.set(name, (expected.get(name) ?? 0) + 1);
  }
  await run.fit();
  for (const [name, times] of expected) {
    const found = seen.filter(({ model }) => model === name).length;
    if (found === times) continue;
    throw new Finding(
      `${name} ran ${found} times in ${steps} steps and its terms need ${times} (${how}); declare in reads what a term needs, and never call forward() yourself.`,
    );
  }
}
