import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RECORD = 1 + 3 * 32 * 32;

/** A CIFAR-10 folder with a handful of images in each file; `spoil` changes the bytes of one. */
export function tinyCifar10(
  folder: string,
  spoil: (file: string, bytes: Buffer) => Buffer = (_, bytes) => bytes,
): string {
  mkdirSync(folder, { recursive: true });
  for (const file of [...[1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`), 'test_batch.bin']) {
    const bytes = Buffer.alloc(10 * RECORD, 128);
    for (let label = 0; label < 10; label++) bytes[label * RECORD] = label;
    writeFileSync(join(folder, file), spoil(file, bytes));
  }
  const names = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
  writeFileSync(join(folder, 'batches.meta.txt'), `${names.join('\n')}\n`);
  return folder;
}
