import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { HeadScores, RunEvent, Scoring, Task, Term } from '../index.js';
import { createRun } from '../run.js';
import { runSettings } from '../settings/settings.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { BACKEND, code, plugin, recorded, tinyData, tinyRun } from '../train/tiny-run.test.helper.js';
import { tinyTask } from '../train/tiny-task.test.helper.js';

test.before(() => tf.setBackend('cpu'));

const bringing = (name: string, task: Partial<Task> = {}) =>
  plugin(name, { task: () => ({ ...tinyTask, ...task }) });

/** A run without the helper's task. */
const bare = (...plugins: Parameters<typeof createRun>[0]['plugins']) =>
  createRun({
    name: 'run',
    student: tiny(),
    data: tinyData(),
    plugins,
    backend: BACKEND,
    settings: runSettings.parse({ epochs: 1 }),
  });

test('a run without a task is refused, with what brings one', async (t) => {
  const error = await t.throwsAsync(bare(plugin('method')), { message: /add classification to --plugins/ });
  t.is(code(error), 'KDX_TASK_MISSING');
  const old = await t.throwsAsync(bare(plugin('ordinal', { offers: ['task'] })), {
    message: /^Plugin "ordinal" offers a task and brings none; give its definePlugin\(\) a field task/,
  });
  t.is(code(old), 'KDX_TASK_MISSING');
});

test('two tasks are refused, unless one plugin brings the other', async (t) => {
  const error = await t.throwsAsync(bare(bringing('a'), bringing('b')), {
    message: /"a" and "b" both bring a task/,
  });
  t.is(code(error), 'KDX_TASK_TWICE');
  const run = await bare(
    plugin('outer', { brings: () => [bringing('inner')], task: () => ({ ...tinyTask, name: 'mine' }) }),
  );
  t.is(run.composition.task.name, 'mine');
  await run.dispose();
});

test('what is not a task is refused by its plugin and field', async (t) => {
  const faults: readonly [Partial<Record<keyof Task, unknown>>, RegExp][] = [
    [{ collate: undefined }, /Plugin "odd", in task\(\),.* collate/],
    [{ headline: { name: 'top1', better: 'more' } }, /headline\.better/],
    [{ headline: { name: 'recall', better: 'higher' } }, /headline\.name .*one of the scores top1, loss/],
    [{ scores: { top1: 'top-1' } }, /scores\.top1/],
  ];
  for (const [fault, message] of faults) {
    const error = await t.throwsAsync(bare(bringing('odd', fault as Partial<Task>)), { message });
    t.is(code(error), 'KDX_PLUGIN_VALUE');
  }
});

test("the task's terms belong to its plugin, and a plugin that brings a task offers it", async (t) => {
  let offered: boolean | undefined;
  const method = plugin('method', {
    setup(ctx) {
      offered = ctx.has('task');
      ctx.supersede('task', 'a term of its own');
      const { id, ...ce } = tinyTask.terms[0];
      ctx.addTerm({ id: `my-${id}`, ...ce });
    },
  });
  const run = await tinyRun({ plugins: [bringing('base'), method] });
  t.true(offered);
  const terms = run.composition.terms.map(({ id, superseded }) => [id, superseded?.by]);
  t.deepEqual(terms, [
    ['base/ce', 'method'],
    ['method/my-ce', undefined],
  ]);
  await run.dispose();
});

/** Scores that fall, then rise: 3, 1, 2. */
const distances = (): Partial<Task> => {
  const told = [3, 1, 2];
  const score = (): Scoring => {
    let images = 0;
    return {
      add: (_, labels) => {
        images += labels.length;
      },
      result: (): HeadScores => ({ fused: { images, distance: told.shift() ?? 5 } }),
    };
  };
  return {
    name: 'distances',
    headline: { name: 'distance', better: 'lower' },
    scores: { distance: { label: 'distance', unit: 'px' } },
    score,
  };
};

test('the best epoch is the one with the lowest score where lower is better', async (t) => {
  const run = await tinyRun({ plugins: [bringing('base', distances())], settings: { epochs: 3 } });
  const events = recorded(run);
  const { validation, task } = await run.fit();
  t.is(validation?.bestEpoch, 1);
  t.deepEqual(validation?.best.fused, { images: 6, distance: 1 });
  t.deepEqual(validation?.last.fused, { images: 6, distance: 2 });
  const labels = {
    name: 'distances',
    headline: { name: 'distance', better: 'lower' },
    scores: { distance: { label: 'distance', unit: 'px' } },
  };
  t.deepEqual(task as unknown, labels);
  const start = events.find(
    (event): event is Extract<RunEvent, { type: 'run-start' }> => event.type === 'run-start',
  );
  t.deepEqual(start?.task as unknown, labels);
  await run.dispose();
});

test('targets have the shape that the task says', async (t) => {
  const seen: number[][] = [];
  const term: Term = {
    id: 'distance',
    group: 'task',
    reads: ['student.logits', 'targets'],
    compute: ({ read }) => {
      const targets = read('targets');
      seen.push([...targets.shape]);
      return tf.mean(tf.squaredDifference(tf.mean(read('student.logits'), 1), tf.mean(targets, [1, 2])));
    },
  };
  const run = await tinyRun({
    plugins: [
      bringing('base', {
        terms: [term],
        targetShape: () => [2, 1],
        collate: ({ labels }) => Float32Array.from({ length: 2 * labels.length }, (_, i) => labels[i >> 1]),
      }),
    ],
  });
  await run.fit();
  t.deepEqual(new Set(seen.map(String)), new Set(['4,2,1']));
  await run.dispose();
});
