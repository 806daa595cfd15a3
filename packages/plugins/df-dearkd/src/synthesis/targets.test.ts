import test from 'ava';
import { targetBatches } from './targets.js';

const plan = { classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], classesPerBatch: 4, imagesPerClass: 3, seed: 0 };
const first = (count: number, of = plan): number[][] => {
  const batches = targetBatches(of);
  return Array.from({ length: count }, () => [...(batches.next().value as Int32Array)]);
};

test('a batch has P different classes, K images of each in a row', (t) => {
  for (const batch of first(20)) {
    t.is(batch.length, 12);
    t.is(new Set(batch).size, 4);
    for (let i = 0; i < 12; i += 1) t.is(batch[i], batch[i - (i % 3)]);
  }
});

test('classes come round evenly, in an order of the seed’s', (t) => {
  for (const batches of [5, 8, 25]) {
    const counts = new Map<number, number>();
    for (const target of first(batches).flat()) counts.set(target, (counts.get(target) ?? 0) + 1);
    const seen = plan.classes.map((k) => counts.get(k) ?? 0);
    t.true(Math.max(...seen) - Math.min(...seen) <= 2 * plan.imagesPerClass, seen.join());
    if (batches % 5 === 0) t.is(Math.max(...seen), Math.min(...seen));
  }
  t.deepEqual(first(6), first(6));
  t.notDeepEqual(first(6), first(6, { ...plan, seed: 1 }));
});

test('a batch of more classes than there are is refused', (t) => {
  t.throws(() => first(1, { ...plan, classes: [3, 5] }), {
    code: 'KDX_SYNTH_CLASSES',
    message: /classesPerBatch=2/,
  });
});
