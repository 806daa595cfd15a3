import { Finding, sentenceOf } from '../failure.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

/** With 2, 10 and 1000 classes, or what its author says, a run composes, makes a step and has a finite loss. */
export async function checkClassCounts(subject: Subject): Promise<void> {
  for (const classes of subject.classCounts) {
    let loss: number | undefined;
    try {
      const run = await kitRun(subject, { classes, train: 4, settings: { epochs: 1 } });
      run.events.on('event', (event) => {
        if (event.type === 'step') loss = event.loss;
      });
      await usingRun(run, () => run.fit());
    } catch (cause) {
      throw new Finding(
        `a run with ${classes} classes fails: ${sentenceOf(cause)} Take the number of classes from ctx.student.spec.classes or a tensor's shape.`,
        { cause },
      );
    }
    if (loss === undefined || !Number.isFinite(loss)) {
      throw new Finding(`the loss of a step with ${classes} classes is ${loss}; it must be finite.`);
    }
  }
}
