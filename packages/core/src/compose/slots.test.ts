import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { z } from 'zod';
import { type Token, token } from '../contracts/slot.js';
import {
  constant,
  definePlugin,
  type HeadRule,
  type LossBalance,
  type Plugin,
  type RunEvent,
} from '../index.js';
import { explainRun } from '../inspect.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { code, fitted, plugin, task, tinyData, tinyRun } from '../train/tiny-run.test.helper.js';
import { DATA_SOURCE, LEARNING_RATE, SETTINGS } from './tokens.js';

await tf.setBackend('cpu');

const balancing = (name: string, weight: number, ...brings: Plugin[]) =>
  plugin(name, { brings: () => brings, setup: (ctx) => ctx.balance({ task: weight }) });
const providing = (name: string, slot: Token<unknown>, value: unknown = 1) =>
  plugin(name, { setup: (ctx) => ctx.provide(slot, value) });
const refusal = async (...plugins: Plugin[]) => {
  const run = await tinyRun({ plugins: [task(), ...plugins] }).catch((error: unknown) => error as Error);
  return run instanceof Error ? run : undefined;
};

test('two claims of the balance, neither bringing the other, are refused by both names', async (t) => {
  for (const order of [
    [balancing('one', 0.1), balancing('two', 0.2)],
    [balancing('two', 0.2), balancing('one', 0.1)],
  ]) {
    const error = await refusal(...order);
    t.is(code(error), 'KDX_SLOT_TWICE');
    t.regex(error?.message ?? '', /"one" and "two" both claim LossBalance/);
  }
  const brought = await refusal(
    plugin('outer', { brings: () => [balancing('one', 0.1)] }),
    balancing('two', 0.2),
  );
  t.regex(brought?.message ?? '', /Plugins "one" \(brought by "outer"\) and "two" both claim LossBalance/);
});

test('who brings the other holds the balance, through any depth', async (t) => {
  const middle = balancing('middle', 0.2, balancing('inner', 0.1));
  for (const [plugins, owner, weight] of [
    [[middle], 'middle', 0.2],
    [[balancing('outer', 0.3, middle)], 'outer', 0.3],
  ] as const) {
    const run = await tinyRun({ plugins: [task(), ...plugins] });
    t.is(run.composition.balanceOwner, owner);
    const { balance, terms } = explainRun(run.composition);
    t.deepEqual(balance, { owner, weights: { task: String(weight) } });
    t.deepEqual(terms[0].weights, [[0, weight]]);
    await run.dispose();
  }
});

test('what gives way of a plugin with options of the user’s own is told, and only that', async (t) => {
  const inner = definePlugin({
    name: 'inner',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'inner',
    options: z.strictObject({
      weight: z.number().default(0.1),
      rule: z.enum(['class', 'mean']).default('mean'),
    }),
    configure: (ctx) => ctx.adaptStudent('distillation-token', true),
    setup(ctx, { weight, rule }) {
      ctx.balance({ task: weight });
      ctx.headRule(rule);
    },
  });
  const outer = (rule: HeadRule, brought: Plugin = inner()) =>
    plugin('outer', {
      brings: () => [brought],
      setup(ctx) {
        ctx.balance({ task: 0.3 });
        ctx.headRule(rule);
      },
    });
  const told = async (...plugins: Plugin[]) => {
    const { events } = await fitted({ student: tiny({ adaptable: true }), plugins: [task(), ...plugins] });
    return events.flatMap((event) => (event.type === 'log' ? [`${event.source}: ${event.message}`] : []));
  };
  const balance = 'inner: its loss balance gives way to that of outer, which brings it';
  const rule = 'inner: its head rule gives way to that of outer, which brings it';
  t.deepEqual(await told(outer('class'), inner({ weight: 0.2 })), [balance, rule]);
  t.deepEqual(await told(outer('mean'), inner({ weight: 0.2 })), [balance], 'both want the same head');
  t.deepEqual(await told(outer('class')), []);
  t.deepEqual(await told(outer('class'), inner()), [], 'named, with defaults');
  t.deepEqual(await told(outer('class', inner({ weight: 0.5 })), inner()), [], 'options of who brings it');
});

test('of three claims the pair that cannot stand together is named', async (t) => {
  const inner = balancing('inner', 0.1);
  const error = await refusal(balancing('a', 1, inner), balancing('b', 1, inner));
  t.regex(error?.message ?? '', /"a" and "b"/);
});

test('one plugin that claims a slot twice is told so', async (t) => {
  const twice = plugin('twice', {
    configure: (ctx) => ctx.headRule('class'),
    setup: (ctx) => ctx.headRule('class'),
  });
  const error = await refusal(twice);
  t.is(code(error), 'KDX_SLOT_TWICE');
  t.regex(error?.message ?? '', /"twice" claims HeadRule twice/);
});

test('any slot is exclusive, also one of a plugin', async (t) => {
  const mine = token<number>('test:mine');
  t.is(code(await refusal(providing('a', mine), providing('b', mine))), 'KDX_SLOT_TWICE');
  t.is(code(await refusal(providing('a', mine))), undefined);
});

test('a provided learning rate is the one in force', async (t) => {
  const { events } = await fitted({ plugins: [task(), providing('rate', LEARNING_RATE, constant(0.025))] });
  const rates = events.filter((event): event is Extract<RunEvent, { type: 'step' }> => event.type === 'step');
  t.deepEqual([...new Set(rates.map(({ learningRate }) => learningRate))], [0.025]);
});

test('data can be provided before the models are built, and not after', async (t) => {
  const other = { ...tinyData({ classes: 2 }), name: 'other' };
  const run = await tinyRun({
    plugins: [task(), plugin('pool', { configure: (ctx) => ctx.provide(DATA_SOURCE, other) })],
  });
  t.is(run.composition.data.name, 'other');
  t.is(run.composition.student.spec.classes, 2);
  await run.dispose();
  const error = await refusal(providing('pool', DATA_SOURCE, other));
  t.is(code(error), 'KDX_SLOT_LATE');
  t.regex(error?.message ?? '', /"pool" claims DataSource in setup\(\)/);
});

test('what a run makes itself cannot be claimed', async (t) => {
  const error = await refusal(providing('sly', SETTINGS as Token<unknown>, {}));
  t.is(code(error), 'KDX_SLOT_RESERVED');
  t.regex(error?.message ?? '', /"sly" claims Settings/);
});

test('a group that the balance does not know is refused with a hint', async (t) => {
  const odd = (balance: object) => plugin('odd', { setup: (ctx) => ctx.balance(balance as LossBalance) });
  const error = await refusal(odd({ hints: 1 }));
  t.is(code(error), 'KDX_TERM_GROUP');
  t.regex(error?.message ?? '', /"odd" names the group "hints".*Did you mean "hint"/);
  t.is(code(await refusal(odd({ aux: 0 }))), 'KDX_TERM_GROUP', 'aux is never balanced');
});

test('two that want the same head evaluated agree', async (t) => {
  const wanting = (name: string, rule: HeadRule) => plugin(name, { setup: (ctx) => ctx.headRule(rule) });
  const run = await tinyRun({ plugins: [task(), wanting('a', 'class'), wanting('b', 'class')] });
  t.is(run.composition.headRule, 'class');
  await run.dispose();
  t.is(code(await refusal(wanting('a', 'class'), wanting('b', 'mean'))), 'KDX_SLOT_TWICE');
});
