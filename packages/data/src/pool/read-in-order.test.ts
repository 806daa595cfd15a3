import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { readInOrder } from '../index.js';

const all = Array.from({ length: 30 }, (_, i) => i);

test('all is read in order, some of it at once', async (t) => {
  let [reading, most] = [0, 0];
  const read = async (i: number) => {
    reading += 1;
    most = Math.max(most, reading);
    await setTimeout((i * 7) % 5);
    reading -= 1;
    return 2 * i;
  };
  const found: number[] = [];
  for await (const value of readInOrder(all, read)) found.push(value);
  t.deepEqual(
    found,
    all.map((i) => 2 * i),
  );
  t.true(most > 1 && most < 30, `${most}`);
});

test('of several that fail the first in order is told, however fast the others are', async (t) => {
  const read = async (i: number) => {
    if (i === 4) await setTimeout(5);
    if (i >= 4) throw new Error(`image ${i}`);
    return i;
  };
  const found: number[] = [];
  await t.throwsAsync(
    async () => {
      for await (const value of readInOrder(all, read)) found.push(value);
    },
    { message: 'image 4' },
  );
  t.deepEqual(found, [0, 1, 2, 3]);
});
