import { Finding, sentenceOf } from '../failure.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

/** A run whose epochs end with 3 images, or with one, after a batch of 4 makes all its steps, with finite losses. */
export async function checkPartialBatch(subject: Subject): Promise<void> {
  for (const last of [3, 1]) await checkLastBatch(subject, last);
}

async function checkLastBatch(subject: Subject, last: number): Promise<void> {
  const losses: number[] = [];
  try {
    const run = await kitRun(subject, { train: 4 + last });
    run.events.on('event', (event) => {
      if (event.type === 'step') losses.push(event.loss);
    });
    await usingRun(run, () => run.fit());
  } catch (cause) {
    throw new Finding(
      `a run whose last batch has ${counted(last)} after one of 4 fails: ${sentenceOf(cause)} Take the number of images from the first axis of what a term reads, each time.`,
      { cause },
    );
  }
  const step = losses.findIndex((loss) => !Number.isFinite(loss));
  if (step < 0) return;
  throw new Finding(
    `the loss of step ${step} is ${losses[step]} where its batch has ${counted(step % 2 === 0 ? 4 : last)}; it must be finite.`,
  );
}

const counted = (images: number): string => (images === 1 ? '1 image' : `${images} images`);
