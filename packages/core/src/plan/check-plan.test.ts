import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { LEARNING_RATE } from '../compose/tokens.js';
import { type Schedule } from '../index.js';
import { runSettings } from '../settings/settings.js';
import { code, plugin, recorded, task, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const providing = (at: unknown) =>
  plugin('mine', { setup: (ctx) => ctx.provide(LEARNING_RATE, { at, text: 'mine' } as Schedule) });

test('a learning rate that is not a number of at least 0 is refused before the first step, with its plugin', async (t) => {
  for (const [at, expected, message] of [
    [
      () => Number.NaN,
      'KDX_TERM_WEIGHT',
      /learning rate of plugin "mine", in epoch 1 of 2, gave NaN; it must be a finite number/,
    ],
    [() => '0.1', 'KDX_TERM_WEIGHT', /gave the text "0\.1"; it must be a finite number/],
    [() => undefined, 'KDX_TERM_WEIGHT', /must be a finite number/],
    [
      ({ epoch }: { epoch: number }) => (epoch === 1 ? -0.1 : 0.1),
      'KDX_SCHEDULE_INVALID',
      /learning rate of plugin "mine" is -0\.1 in epoch 2 of 2 .*; change the options of that plugin/,
    ],
    [
      () => {
        throw new Error('no table');
      },
      'KDX_TERM_WEIGHT',
      /learning rate of plugin "mine" failed in epoch 1 of 2: no table/,
    ],
  ] as const) {
    const error = await t.throwsAsync(tinyRun({ plugins: [task(), providing(at)] }), { message });
    t.is(code(error), expected);
  }
});

test('a weight that is not finite is refused with its term', async (t) => {
  const odd = plugin('odd', {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'x',
        group: 'aux',
        weight: { at: ({ epoch }) => 1 / (1 - epoch), text: '1/(1 − e)' },
        reads: ['student.logits'],
        compute: ({ read }) => tf.mean(read('student.logits')),
      }),
  });
  await t.throwsAsync(tinyRun({ plugins: [task(), odd] }), {
    message: /weight of term odd\/x, in epoch 2 of 2, gave Infinity/,
  });
});

test('lengths that are none are refused before the first step', async (t) => {
  for (const warmup of ['1e1%', '%', '5', 'NaN%', -1, Number.NaN, Number.POSITIVE_INFINITY, null]) {
    t.throws(() => runSettings.parse({ schedule: { type: 'cosine', warmup } }), undefined, String(warmup));
  }
  t.throws(() => runSettings.parse({ schedule: { type: 'steps', milestones: [-1] } }));
  const negative = tinyRun({ settings: { schedule: { type: 'cosine', warmup: '-5%' } } });
  t.is(code(await t.throwsAsync(negative)), 'KDX_SCHEDULE_INVALID');
});

test('a run tells its observers what its plan cannot do', async (t) => {
  const run = await tinyRun({ settings: { ema: 0.9999, emaWarmup: false } });
  const events = recorded(run);
  await run.fit();
  await run.dispose();
  const codes = events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
  t.deepEqual(codes, ['KDX_PLAN_AVERAGE']);
});
