import { PoolWriter } from './pool-writer.js';
import { DESCRIPTION, imagesOf, made } from './pool-writer.test.helper.js';

const BATCHES = 12;

/** Fills a pool, the last batch's fourth image a duplicate of the first image; goes on where it was stopped. */
export async function fillPool(directory: string, onBatch = (_batch: number): void => {}): Promise<void> {
  const writer = await PoolWriter.open(directory, DESCRIPTION, { resume: true });
  for (let batch = writer.nextBatch(); batch < BATCHES; batch = writer.nextBatch()) {
    const first = 4 * batch;
    const last = batch === BATCHES - 1 ? 0 : first + 3;
    onBatch(batch);
    await writer.writeBatch(batch, imagesOf(first, first + 1, first + 2, last), made(0, 1, 2, 0));
  }
}

// As a program of its own, to be killed.
if (process.argv[1] === new URL(import.meta.url).pathname) {
  await fillPool(process.argv[2], (batch) => process.stdout.write(`${batch}\n`));
}
