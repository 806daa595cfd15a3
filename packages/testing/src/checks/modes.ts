import { Finding } from '../failure.js';
import { probe } from '../kit/probe.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { SeenForward } from '../kit/watched-model.js';
import type { Subject } from '../subject.js';

/**
 * The student trains in training mode and is evaluated in evaluation mode, in which its batch statistics stay as they
 * are; a teacher is never in training mode.
 */
export async function checkModes(subject: Subject): Promise<void> {
  const seen: (SeenForward & { readonly stepping: boolean })[] = [];
  let stepping = false;
  const clock = probe((ctx) => {
    ctx.hook('stepStart', () => {
      stepping = true;
    });
    ctx.hook('stepEnd', () => {
      stepping = false;
    });
  });
  const run = await kitRun(subject, {
    validation: 4,
    more: [clock],
    seen: (forward) => void seen.push({ ...forward, stepping }),
  });
  const buffers = run.composition.student.buffers.size;
  await usingRun(run, () => run.fit());
  for (const { model, training, moved, stepping } of seen) {
    const where = stepping ? 'in a step' : 'outside of steps';
    if (model !== 'student' && training) {
      throw new Finding(
        `${model} ran in training mode ${where}; a teacher's dropout and batch statistics are off: declare what you read of it in reads.`,
      );
    }
    if (model !== 'student') continue;
    if (training !== stepping) {
      throw new Finding(
        `the student ran in ${training ? 'training' : 'evaluation'} mode ${where}; it trains in training mode and is evaluated in evaluation mode, and a plugin leaves both alone.`,
      );
    }
    if (!training && moved.length > 0) {
      throw new Finding(
        `evaluation moved ${moved.length} of the student's ${buffers} buffers, first ${moved[0]}; evaluation must leave no trace.`,
      );
    }
  }
}
