import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKdxError, sgd } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { z } from 'zod';
import { LEARNING_RATE, OPTIMIZER } from '../compose/tokens.js';
import {
  type DataSource,
  definePlugin,
  type HeadRule,
  type HostBatch,
  type ModelRecipe,
  type Plugin,
  RunStore,
  type Term,
} from '../index.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { plugin, type TinyRun, task, tinyData, tinyRun } from '../train/tiny-run.test.helper.js';

// Every place where a plugin gives the engine a value, misused in every way that a slip or an untyped plugin may: each ends in
// one error of kdx that names the plugin, and none in a fault of kdx or in silence.

/** Makes the given value, once for each use. */
const MISUSES: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  undefined: () => undefined,
  number: () => 3,
  NaN: () => Number.NaN,
  text: () => 'cross-entropy',
  'empty object': () => ({}),
  'empty array': () => [],
  'array of numbers': () => [0.5, 0.25],
  Float64Array: () => Float64Array.of(1, 2, 3),
  Uint8Array: () => Uint8Array.of(1, 0, 1),
  'promise that rejects': () => Promise.reject(new Error('late')),
  'disposed tensor': () => {
    const tensor = tf.scalar(1);
    tensor.dispose();
    return tensor;
  },
  'tensor of another shape': () => tf.ones([2, 5]),
  'tensor of whole numbers': () => tf.scalar(1, 'int32'),
  'getter that throws': () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('hostile');
        },
      },
    ),
  symbol: () => Symbol('value'),
  'frozen object': () => Object.freeze({ name: 'x', length: 2 }),
};

interface Place {
  /** Part of a run that gives `value` in this place. */
  readonly give: (value: () => unknown) => TinyRun | Plugin;
  /** What is meant here, or does no harm; it must then train. */
  readonly fine?: readonly string[];
  /** The error of an unknown name, where undefined means that this plugin does not know it. */
  readonly noAnswer?: string;
}

const odd = (definition: Parameters<typeof plugin>[1]): Plugin => plugin('odd', definition);
const term = (changed: object): Plugin =>
  odd({
    setup: (ctx) =>
      ctx.addTerm({
        id: 'x',
        group: 'aux',
        reads: ['student.logits'],
        compute: ({ read }) => tf.mean(tf.square(read('student.logits'))) as tf.Scalar,
        ...changed,
      } as Term),
  });
const aligned = (build: () => unknown): Plugin =>
  odd({
    setup(ctx) {
      const ref = ctx.addModule('m', { inputs: ['student.layer1'], build: build as never });
      ctx.addTerm({
        id: 'x',
        group: 'hint',
        reads: [ref],
        compute: ({ read }) => tf.mean(read(ref)) as tf.Scalar,
      });
    },
  });
const recipe = (changed: Partial<Record<keyof ModelRecipe, unknown>>): TinyRun => ({
  student: 'mine',
  plugins: [
    task(),
    odd({ configure: (ctx) => ctx.hook('resolveModel', () => ({ ...tiny(), ...changed }) as ModelRecipe) }),
  ],
});
const source = (changed: object): TinyRun => ({
  data: 'mine',
  plugins: [
    task(),
    odd({ configure: (ctx) => ctx.hook('resolveData', () => ({ ...small(), ...changed }) as DataSource) }),
  ],
});
const small = (): DataSource => tinyData({ train: 4, validation: 0, test: 0 });

const NUMBERS = ['number'] as const;
const NOT_OBJECTS = ['null', 'undefined', 'number', 'NaN', 'text', 'symbol'] as const;

const PLACES: Readonly<Record<string, Place>> = {
  'hook batch': { give: (value) => odd({ setup: (ctx) => ctx.hook('batch', value as never) }) },
  'images of hook batch': {
    give: (value) =>
      odd({ setup: (ctx) => ctx.hook('batch', (batch) => ({ ...batch, images: value() as never })) }),
  },
  'hook data': { give: (value) => odd({ setup() {}, configure: (ctx) => ctx.hook('data', value as never) }) },
  'hook resolveData': {
    give: (value) => ({
      data: 'mine',
      plugins: [task(), odd({ configure: (ctx) => ctx.hook('resolveData', value as never) })],
    }),
    noAnswer: 'KDX_DATA_UNKNOWN',
  },
  'hook resolveModel': {
    give: (value) => ({
      student: 'mine',
      plugins: [task(), odd({ configure: (ctx) => ctx.hook('resolveModel', value as never) })],
    }),
    noAnswer: 'KDX_MODEL_UNKNOWN',
  },
  'hook loss': { give: (value) => odd({ setup: (ctx) => ctx.hook('loss', value as never) }) },
  'hook gradients': {
    give: (value) => odd({ setup: (ctx) => ctx.hook('gradients', value as never) }),
    fine: NOT_OBJECTS,
  },
  'entry of hook gradients': {
    give: (value) =>
      odd({
        setup: (ctx) => ctx.hook('gradients', (map) => void map.set([...map.keys()][0], value() as never)),
      }),
  },
  'labels of data': { give: (value) => source({ train: { ...small().train, labels: value() } }) },
  'class names of data': { give: (value) => source({ labelNames: value() }) },
  'deviations of data': { give: (value) => source({ std: value() }) },
  'compute of a term': { give: (value) => term({ compute: value }) },
  'weight of a term': { give: (value) => term({ weight: value() }), fine: [...NUMBERS, 'undefined'] },
  'schedule of a term': {
    give: (value) => term({ weight: { at: value, text: 'w' } }),
    fine: NUMBERS,
  },
  'reads of a term': { give: (value) => term({ reads: value() }) },
  'term itself': { give: (value) => odd({ setup: (ctx) => ctx.addTerm(value() as Term) }) },
  'build of a module': { give: (value) => aligned(value) },
  'forward of a module': { give: (value) => aligned(() => value) },
  balance: {
    give: (value) => odd({ setup: (ctx) => ctx.balance(value() as never) }),
    fine: ['empty object', 'getter that throws'],
  },
  'schedule of the balance': {
    give: (value) => odd({ setup: (ctx) => ctx.balance({ task: { at: value as never, text: 'b' } }) }),
    fine: NUMBERS,
  },
  'head rule': { give: (value) => odd({ setup: (ctx) => ctx.headRule(value() as HeadRule) }) },
  'learning rate': { give: (value) => odd({ setup: (ctx) => ctx.provide(LEARNING_RATE, value() as never) }) },
  'values of the learning rate': {
    give: (value) => odd({ setup: (ctx) => ctx.provide(LEARNING_RATE, { at: value as never, text: 'lr' }) }),
    fine: NUMBERS,
  },
  optimiser: { give: (value) => odd({ setup: (ctx) => ctx.provide(OPTIMIZER, value() as never) }) },
  'slots of an optimiser': {
    give: (value) => odd({ setup: (ctx) => ctx.provide(OPTIMIZER, { ...sgd({}), slots: value() as never }) }),
    fine: ['empty array'],
  },
  slot: { give: (value) => odd({ setup: (ctx) => ctx.provide(value() as never, 1) }), fine: ['symbol'] },
  'hook itself': { give: (value) => odd({ setup: (ctx) => ctx.hook('stepEnd', value() as never) }) },
  'name of a hook': {
    give: (value) => odd({ setup: (ctx) => ctx.hook(value() as never, (() => {}) as never) }),
  },
  brings: {
    give: (value) => odd({ brings: value as never }),
    fine: ['null', 'undefined', 'empty array'],
  },
  requires: {
    give: (value) => odd({ requires: value as never }),
    fine: ['empty array'],
  },
  conflicts: {
    give: (value) => odd({ conflicts: value as never }),
    fine: ['empty array'],
  },
  'built model': { give: (value) => recipe({ build: value }) },
  'adapted recipe': {
    give: (value) => {
      const run = recipe({ supports: ['distillation-token'], adapt: value });
      const asking = plugin('odd-asks', { configure: (ctx) => ctx.adaptStudent('distillation-token', true) });
      return { ...run, plugins: [...(run.plugins ?? []), asking] };
    },
  },
  'forward of a model': {
    give: (value) =>
      recipe({
        build: async () => Object.assign(await tiny().build({}), { forward: value }),
      }),
  },
  'state that is saved': {
    give: (value) => ({
      store: RunStore.create(mkdtempSync(join(tmpdir(), 'kdx-misuse-'))),
      plugins: [task(), odd({ setup: (ctx) => ctx.hook('save', value as never) })],
    }),
    fine: NOT_OBJECTS,
  },
  observer: {
    give: (value) => odd({ setup: (ctx) => ctx.hook('event', value as never) }),
    fine: Object.keys(MISUSES),
  },
  'line of the log': {
    give: (value) => odd({ setup: (ctx) => ctx.log(value() as string) }),
    fine: Object.keys(MISUSES),
  },
};

for (const [place, { give, fine = [], noAnswer }] of Object.entries(PLACES)) {
  test(`${place}, misused`, async (t) => {
    for (const [misuse, value] of Object.entries(MISUSES)) {
      const given = give(value);
      const run: TinyRun = 'definition' in given ? { plugins: [task(), given] } : given;
      const error = await tried(run);
      if (fine.includes(misuse)) {
        t.is(error, undefined, `${misuse}: ${(error as Error)?.message}`);
        continue;
      }
      if (misuse === 'undefined' && noAnswer !== undefined) {
        t.is((error as { code?: string } | undefined)?.code, noAnswer);
        continue;
      }
      t.true(isKdxError(error), `${misuse}: ${(error as Error)?.stack ?? error}`);
      const { code, message } = error as { code: string; message: string };
      t.true(/\bodd\b/.test(message), `${misuse}: ${code} ${message}`);
      t.false(
        /of undefined|of null|is not a function|not iterable|Cannot convert/.test(message),
        `${misuse}: ${message}`,
      );
    }
  });
}

/** What a run of one step throws. */
async function tried(options: TinyRun): Promise<unknown> {
  let run: Awaited<ReturnType<typeof tinyRun>> | undefined;
  try {
    run = await tinyRun({ data: small(), ...options, settings: { epochs: 1, teacherImages: 0 } });
    await run.fit();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await run?.dispose().catch(() => {});
  }
}

test('a label that is no class, and a field that is another when it is read again, are refused by name', async (t) => {
  const after = (calls: number, value: () => unknown) => (batch: HostBatch) => {
    let reads = 0;
    const { indices, labels, targets } = batch;
    return {
      ...{ indices, labels, targets },
      get images() {
        reads += 1;
        return reads > calls ? (value() as never) : batch.images;
      },
    };
  };
  const failing = () => {
    throw new Error('no');
  };
  for (const [hook, message] of [
    [
      (batch: HostBatch) => ({ ...batch, labels: batch.labels.map(() => 99) }),
      /whose labels is an Int32Array that holds 99; it must be one of classes from 0 to \d+/,
    ],
    [(batch: HostBatch) => ({ ...batch, labels: batch.labels.map(() => -1) }), /classes from 0 to \d+/],
    [after(1, () => null), /whose images is null/],
    [after(1, failing), /gave undefined/],
  ] as const) {
    const error = await tried({
      plugins: [task(), odd({ setup: (ctx) => ctx.hook('batch', hook as never) })],
    });
    t.is((error as { code?: string } | undefined)?.code, 'KDX_HOOK_RESULT');
    t.regex((error as Error).message, /Hook "batch" of plugin "odd"/);
    t.regex((error as Error).message, message);
  }
});

test('a hook that makes the loss NaN is named', async (t) => {
  const nan = odd({ setup: (ctx) => ctx.hook('loss', (loss) => tf.mul(loss, Number.NaN)) });
  const error = (await tried({ plugins: [task(), nan] })) as { code: string; message: string };
  t.is(error.code, 'KDX_NON_FINITE');
  t.regex(error.message, /hook "loss" of plugin "odd"/);
});

test('what hooks get to look at cannot be changed', async (t) => {
  for (const hook of [
    odd({ setup: (ctx) => ctx.hook('evaluate', (heads) => void Object.assign(heads.fused, { top1: 100 })) }),
    odd({ setup: (ctx) => ctx.hook('stepStart', (clock) => void Object.assign(clock, { step: 7 })) }),
  ]) {
    const error = await tried({ plugins: [task(), hook], data: tinyData() });
    t.is((error as { code?: string }).code, 'KDX_HOOK_FAILED');
  }
});

test('what is thrown is named, whatever it is', async (t) => {
  const frozen = Object.freeze(new Error('frozen'));
  const hostile = {
    toString: () => ({}),
    get message() {
      throw new Error('no');
    },
  };
  const coded = Object.assign(new Error('x'), { code: Symbol('code') });
  const bare = Object.create(null);
  const unreadable = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error('no');
      },
    },
  );
  for (const thrown of [unreadable, null, undefined, 'text', 3, Symbol('s'), frozen, hostile, coded, bare]) {
    const throwing = (): never => {
      throw thrown;
    };
    for (const each of [
      odd({ setup: (ctx) => ctx.hook('stepEnd', throwing) }),
      odd({ setup: (ctx) => ctx.hook('loss', throwing) }),
      odd({ setup: throwing }),
      odd({ brings: throwing }),
      odd({ requires: throwing }),
      term({ compute: throwing }),
      term({ weight: { at: throwing, text: 'w' } }),
    ]) {
      const error = await tried({ plugins: [task(), each] });
      t.true(isKdxError(error) && /\bodd\b/.test(error.message), String((error as Error)?.message));
    }
  }
});

test('options whose schema throws or is asynchronous are refused by name', (t) => {
  for (const transform of [
    () => {
      throw new Error('in a transform');
    },
    async () => 1,
  ]) {
    const factory = definePlugin({
      name: 'odd',
      version: '1.0.0',
      kdx: '^1.0.0',
      summary: 'odd',
      options: z.strictObject({ a: z.number().default(1).transform(transform) }),
    });
    t.throws(() => factory(), { code: 'KDX_PLUGIN_OPTIONS', message: /Plugin "odd"/ });
  }
});

test('an image or a transform that fails is named by its plugin', async (t) => {
  const failing = (): never => {
    throw new TypeError('no such image');
  };
  const { train } = small();
  const late = { name: 'late', apply: (async () => {}) as () => void };
  for (const [changed, message] of [
    [{ train: { ...train, read: failing } }, /plugin "odd" failed to read image \d: no such image/],
    [{ train: { ...train, read: async () => failing() } }, /plugin "odd" failed to read image/],
    [{ augment: [{ name: 'bad', apply: failing }] }, /transform bad of plugin "odd" failed: no such image/],
    [{ augment: [late] }, /transform late of plugin "odd" gave a promise/],
  ] as const) {
    const error = await tried(source(changed));
    t.true(isKdxError(error));
    t.regex((error as Error).message, message);
  }
});

test('a plugin that only brings data needs no setup', async (t) => {
  const { train } = small();
  t.is(await tried(source({ train })), undefined);
  const bare = definePlugin({
    name: 'data-only',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'data',
    options: z.strictObject({}),
    configure: (ctx) => ctx.hook('resolveData', (spec) => (spec === 'mine' ? small() : undefined)),
  });
  t.is(await tried({ data: 'mine', plugins: [task(), bare()] }), undefined);
});
