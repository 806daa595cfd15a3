import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { labelsOf, type Plugin, RunStore } from '../index.js';
import { type Run } from '../run.js';
import {
  begunFolder,
  code,
  plugin,
  recorded,
  type TinyRun,
  task,
  tinyData,
  tinyRun,
  weightsOf,
} from './tiny-run.test.helper.js';
import { tinyTask } from './tiny-task.test.helper.js';

await tf.setBackend('cpu');

/** A term that turns bad at a step; `value` is what it gives then. */
const turning = (step: number, value: number): Plugin =>
  plugin('turning', {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'bad',
        group: 'aux',
        reads: ['student.logits'],
        compute: ({ read, clock }) =>
          tf.mul(tf.mean(read('student.logits')), clock.step === step ? value : 0.1) as tf.Scalar,
      }),
  });

async function failed(options: TinyRun, signal?: AbortSignal) {
  const run = await tinyRun(options);
  const events = recorded(run);
  const error = await run.fit({ signal }).then(
    () => undefined,
    (reason: Error) => reason,
  );
  const weights = weightsOf(run.composition);
  await run.dispose();
  return { error, events, weights, message: error?.message ?? '' };
}

test('a loss that is not finite ends the run with term and step, and good checkpoints stay', async (t) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const store = RunStore.open(begunFolder());
    let good: Buffer | undefined;
    const keeping = plugin('keeping', {
      setup: (ctx) =>
        ctx.hook('epochStart', ({ epoch }) => {
          if (epoch === 1) good = readFileSync(store.checkpoint('last'));
        }),
    });
    const plugins = [task(), keeping, turning(4, value)];
    const { error, events, message } = await failed({
      plugins,
      store,
      settings: { epochs: 3, logEvery: 100 },
    });
    t.is(code(error), 'KDX_NON_FINITE');
    t.regex(message, /The loss became .* at step 4 in turning\/bad/);
    t.true(message.includes(`the last good checkpoint is ${store.checkpoint('last')}`));
    t.true(good?.equals(readFileSync(store.checkpoint('last'))));
    t.is(events.at(-1)?.type, 'error');
    t.false(existsSync(store.path('summary.json')));
  }
});

/** A term that is 0 and whose gradient is not finite from a step on: the square root of 0. */
const rooted = (step: number): Plugin =>
  plugin('zz-rooted', {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'root',
        group: 'aux',
        reads: ['student.logits'],
        compute: ({ read, clock }) => {
          const logits = read('student.logits');
          const zero = tf.sum(tf.sub(logits, tf.clone(logits)));
          return (clock.step < step ? tf.mul(zero, 1) : tf.sqrt(zero)) as tf.Scalar;
        },
      }),
  });

test('a gradient that is not finite is blamed on its own term, not on the first whose loss shows it', async (t) => {
  for (const store of [undefined, RunStore.open(begunFolder())]) {
    for (const settings of [{}, { batch: 2, accumulate: 2 }]) {
      const { error, message, weights } = await failed({
        plugins: [task(), turning(99, 1), rooted(store ? 4 : 1)],
        store: store && RunStore.open(begunFolder()),
        settings: { epochs: 3, logEvery: 100, ...settings },
      });
      t.is(code(error), 'KDX_NON_FINITE');
      t.regex(
        message,
        new RegExp(
          `^The gradient of zz-rooted/root is not finite at step ${store ? 4 : 1}, whose losses were, and with the weights every loss of step ${store ? 5 : 2} was lost; `,
        ),
      );
      t.false(/task|turning/.test(message));
      t.true(Object.values(weights).flat().some(Number.isNaN), 'the search puts the lost weights back');
    }
  }
});

test('a gradient that is not finite at the last step of an epoch is blamed, too, where no loss shows it', async (t) => {
  for (const store of [undefined, RunStore.open(begunFolder())]) {
    const { error, message, weights } = await failed({
      plugins: [task(), rooted(0)],
      store,
      settings: { epochs: 2, batch: 64 },
    });
    t.is(code(error), 'KDX_NON_FINITE');
    t.regex(
      message,
      /^The gradient of zz-rooted\/root is not finite at step 0, whose losses were, and with the weights the student's outputs were lost; /,
    );
    t.true(Object.values(weights).flat().some(Number.isNaN), 'the search puts the lost weights back');
  }
});

test('the first bad step is named, not the one at which it was noticed', async (t) => {
  const { message } = await failed({
    plugins: [task(), turning(0, Number.NaN)],
    settings: { logEvery: 100 },
  });
  t.regex(message, /at step 0 in turning\/bad; no checkpoint was written before it/);
});

test('a bad loss of a last batch that is not full says how few images it has', async (t) => {
  const short = tinyData({ train: 5, validation: 0, test: 0 });
  const { message } = await failed({
    plugins: [task(), turning(1, Number.NaN)],
    data: short,
    settings: { batch: 4, epochs: 1 },
  });
  t.regex(
    message,
    /at step 1 in turning\/bad, whose batch, the epoch's last, has 1 of 4 images; .*dropLast=true/,
  );
});

test('weights that the last step of an epoch destroyed do not replace good ones', async (t) => {
  const store = RunStore.open(begunFolder());
  const poison = plugin('poison', {
    setup: (ctx) =>
      ctx.hook('gradients', (gradients, { step }) => {
        if (step === 5) gradients.set('student/head.bias', tf.fill([3], Number.NaN));
      }),
  });
  const options = { plugins: [task(), poison], data: tinyData({ validation: 0, test: 0 }), store };
  const { error, message } = await failed(options);
  t.is(code(error), 'KDX_NON_FINITE');
  t.regex(message, /student\/head\.bias is not finite after step 6; the last good checkpoint is /);
  const run = await tinyRun({ plugins: [task()], data: options.data, store: RunStore.open(store.directory) });
  await run.fit();
  t.true(weightsOf(run.composition)['head.bias'].every(Number.isFinite), 'it can be gone on with');
  await run.dispose();
});

test('a broken training image is found by its number, mixed or not', async (t) => {
  for (const settings of [{}, { mixup: 1 }, { cutmix: 1 }, { batch: 2, accumulate: 2 }]) {
    const { error, message } = await failed({ data: tinyData({ broken: [7] }), settings });
    t.is(code(error), 'KDX_DATA_NAN');
    t.regex(message, /Training image 7 holds NaN, which made the loss NaN at step [012];/);
  }
});

test('an interrupt saves after the step in progress and says how to go on', async (t) => {
  const store = RunStore.open(begunFolder());
  const interrupt = new AbortController();
  const stopping = plugin('stopping', {
    setup: (ctx) => ctx.hook('stepStart', ({ step }) => void (step === 1 && interrupt.abort())),
  });
  const { error, message } = await failed({ plugins: [task(), stopping], store }, interrupt.signal);
  t.is(code(error), 'KDX_INTERRUPTED');
  t.is(message, `Interrupted after step 2: saved; go on with "kdx run --resume ${store.directory}".`);
  t.true(store.hasCheckpoint('last'));
  const run = await tinyRun({ store: RunStore.open(store.directory) });
  const events = recorded(run);
  await run.fit();
  t.deepEqual(events[0], { type: 'run-start', run: 'run', resumedAt: 2, steps: 6, task: labelsOf(tinyTask) });
  await run.dispose();
});

test('an interrupt at the end of an epoch keeps the epoch; without a folder nothing is promised', async (t) => {
  const interrupt = new AbortController();
  const stopping = plugin('stopping', {
    setup: (ctx) => ctx.hook('stepEnd', ({ step }) => void (step === 2 && interrupt.abort())),
  });
  const { error, events, message } = await failed({ plugins: [task(), stopping] }, interrupt.signal);
  t.is(code(error), 'KDX_INTERRUPTED');
  t.is(message, 'Interrupted after step 3: not saved, the run has no folder.');
  t.true(events.some(({ type }) => type === 'evaluation'));
});

/** A run of one epoch whose last checkpoint is then spoiled. */
async function spoiled(spoil: (file: string) => void | Promise<void>, more: TinyRun = {}): Promise<Run> {
  const directory = begunFolder();
  const run = await tinyRun({ store: RunStore.open(directory), settings: { epochs: 1 } });
  await run.fit();
  const file = `${directory}/checkpoints/last.safetensors`;
  await run.dispose();
  await spoil(file);
  return tinyRun({ store: RunStore.open(directory), settings: { epochs: 1 }, ...more });
}

test('a checkpoint that is cut short, damaged or of something else is refused, and nothing is changed', async (t) => {
  const bytes = (file: string): Buffer => readFileSync(file);
  for (const [spoil, expected] of [
    [(file: string) => truncateSync(file, bytes(file).length - 7), 'KDX_WEIGHTS_TRUNCATED'],
    [(file: string) => truncateSync(file, 5), 'KDX_WEIGHTS_TRUNCATED'],
    [
      (file: string) => {
        const damaged = bytes(file);
        damaged[damaged.length - 3] ^= 0x10;
        writeFileSync(file, damaged);
      },
      'KDX_CHECKPOINT',
    ],
    [(file: string) => writeSafetensors(file, new Map(), {}), 'KDX_CHECKPOINT'],
  ] as const) {
    const run = await spoiled(spoil);
    const before = weightsOf(run.composition);
    const error = await t.throwsAsync(run.fit());
    t.is(code(error), expected);
    t.true(error?.message.includes('last.safetensors'), error?.message);
    t.deepEqual(weightsOf(run.composition), before);
    await run.dispose();
  }
});

test('a checkpoint of other parts is refused by what is missing', async (t) => {
  const helper = plugin('helper', {
    setup: (ctx) =>
      void ctx.addModule('map', {
        inputs: ['student.layer1'],
        build(scope) {
          scope.parameter('weight', [2], () => new Float32Array(2));
          return ([x]) => x;
        },
      }),
  });
  const run = await spoiled(() => {}, { plugins: [task(), helper] });
  const error = await t.throwsAsync(run.fit());
  t.is(code(error), 'KDX_CHECKPOINT');
  t.regex(error?.message ?? '', /has nothing for module\/helper\/map\/weight, which is \[2\] in this run/);
  await run.dispose();

  const averaged = await spoiled(() => {}, { settings: { epochs: 1, ema: 0.9 } });
  t.is(code(await t.throwsAsync(averaged.fit())), 'KDX_CHECKPOINT');
  await averaged.dispose();
});

test('a plugin whose state would not survive JSON is told so when it saves', async (t) => {
  for (const value of [Number.NaN, new Map([[1, 2]]), Float32Array.of(1), () => 1]) {
    const lossy = plugin('lossy', {
      setup: (ctx) => ctx.hook('save', (state) => void Object.assign(state, { value })),
    });
    const run = await tinyRun({
      store: RunStore.open(begunFolder()),
      plugins: [task(), lossy],
      settings: { epochs: 1 },
    });
    const error = await t.throwsAsync(run.fit());
    t.is(code(error), 'KDX_PLUGIN_STATE');
    t.regex(error?.message ?? '', /"lossy" saves "value"/);
    await run.dispose();
  }
});
