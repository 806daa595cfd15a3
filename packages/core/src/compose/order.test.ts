import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type Plugin } from '../index.js';
import { explainRun } from '../inspect.js';
import { TinyModel } from '../train/tiny-model.test.helper.js';
import { difference, fitted, plugin, task, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const distilling = (): Plugin =>
  plugin('distilling', {
    setup(ctx) {
      ctx.balance({ task: 0.3, distill: 0.7 });
      ctx.addTerm({
        id: 'soft',
        group: 'distill',
        reads: ['student.logits', 'teacher.logits'],
        compute: ({ read }) => difference(read, 'student.logits', 'teacher.logits'),
      });
    },
  });

const hinting = (): Plugin =>
  plugin('hinting', {
    setup(ctx) {
      const aligned = ctx.addModule('align', {
        inputs: ['student.layer1'],
        build(scope) {
          const weight = scope.parameter('weight', [6, 6], (_, rng) =>
            Float32Array.from({ length: 36 }, () => rng.normal()),
          );
          return ([x]) => tf.matMul(x, weight);
        },
      });
      ctx.addTerm({
        id: 'hint',
        group: 'hint',
        reads: [aligned, 'teacher.layer1'],
        compute: ({ read }) => difference(read, aligned, 'teacher.layer1'),
      });
    },
  });

const noisy = (): Plugin =>
  plugin('noisy', {
    setup(ctx) {
      ctx.addTerm({
        id: 'noise',
        group: 'aux',
        reads: ['student.layer2'],
        compute: ({ read, rng }) =>
          tf.mul(tf.mean(read('student.layer2')), rng('sign').uniform()) as tf.Scalar,
      });
      ctx.hook('batch', (batch) => ({ ...batch, images: batch.images.map((x) => x * 0.9) }));
      ctx.hook('loss', (loss) => tf.mul(loss, 1.5));
    },
  });

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));

test('the order in which plugins are named changes no bit and no line', async (t) => {
  const teachers = [new TinyModel({ seed: 5 })];
  const settings = { epochs: 1, mixup: 0.5 };
  const makers = [distilling, hinting, noisy, task];
  const outcomes = new Set<string>();
  for (const order of permutations(makers)) {
    const run = await tinyRun({ plugins: order.map((make) => make()), teachers, settings });
    const explained = JSON.stringify(explainRun(run.composition));
    await run.dispose();
    outcomes.add(explained);
  }
  t.is(outcomes.size, 1);
  t.deepEqual(
    JSON.parse([...outcomes][0]).terms.map(({ id }: { id: string }) => id),
    ['distilling/soft', 'hinting/hint', 'noisy/noise', 'task/ce'],
  );

  const weights = new Set<string>();
  for (const order of permutations(makers.slice(0, 3))) {
    const fit = await fitted({ plugins: [task(), ...order.map((make) => make())], teachers, settings });
    weights.add(JSON.stringify(fit.weights));
  }
  t.is(weights.size, 1, 'six orders, one result');
  const without = await fitted({ plugins: [task(), distilling(), hinting()], teachers, settings });
  t.false(weights.has(JSON.stringify(without.weights)), 'and each plugin counts');
});

test('runs that are interleaved in one process do not touch each other', async (t) => {
  const teachers = () => [new TinyModel({ seed: 5 })];
  const recipes = [
    () => ({ plugins: [task(), distilling()], teachers: teachers() }),
    () => ({ plugins: [task(), noisy()], settings: { mixup: 0.4, ema: 0.9 } }),
    () => ({ plugins: [task(), hinting()], teachers: teachers(), settings: { batch: 2, accumulate: 2 } }),
  ];
  const alone = [];
  for (const recipe of recipes) alone.push((await fitted(recipe())).weights);
  const together = await Promise.all(recipes.map((recipe) => fitted(recipe())));
  t.deepEqual(
    together.map(({ weights }) => weights),
    alone,
  );
  for (const { events } of together) t.is(events.at(-1)?.type, 'run-end');
});

test('hooks of one run are not called by another', async (t) => {
  const seen: string[] = [];
  const listening = (tag: string) =>
    plugin('ear', { setup: (ctx) => ctx.hook('stepEnd', () => void seen.push(tag)) });
  await Promise.all([
    fitted({ plugins: [task(), listening('a')], settings: { epochs: 1 } }),
    fitted({ plugins: [task(), listening('b')], settings: { epochs: 2 } }),
    fitted({ plugins: [task()] }),
  ]);
  t.deepEqual([seen.filter((tag) => tag === 'a').length, seen.filter((tag) => tag === 'b').length], [3, 6]);
});
