import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { HookName, Hooks, PluginContext, RunEvent } from '../index.js';
import { code, fitted, plugin, recorded, task, tinyRun } from './tiny-run.test.helper.js';

await tf.setBackend('cpu');

const hooking = <N extends HookName>(name: N, run: Hooks[N], id = 'hooking') =>
  plugin(id, { setup: (ctx) => ctx.hook(name, run) });
const failure = async (...plugins: ReturnType<typeof plugin>[]) => {
  const run = await tinyRun({ plugins: [task(), ...plugins] });
  const events = recorded(run);
  const error = await run.fit().then(
    () => undefined,
    (reason: Error) => reason,
  );
  await run.dispose();
  return { error, events };
};

test('the life of a run, in order', async (t) => {
  const life: string[] = [];
  const names = ['fitStart', 'epochStart', 'stepStart', 'stepEnd', 'epochEnd', 'fitEnd'] as const;
  const living = plugin('living', {
    setup(ctx) {
      for (const name of names)
        ctx.hook(name, (clock) => void life.push(`${name} ${clock.epoch}.${clock.stepInEpoch}`));
      ctx.hook('close', () => void life.push('close'));
    },
  });
  await fitted({ plugins: [task(), living], settings: { batch: 6 } });
  t.deepEqual(life, [
    'fitStart 0.0',
    'epochStart 0.0',
    'stepStart 0.0',
    'stepEnd 0.0',
    'stepStart 0.1',
    'stepEnd 0.1',
    'epochEnd 0.1',
    'epochStart 1.0',
    'stepStart 1.0',
    'stepEnd 1.0',
    'stepStart 1.1',
    'stepEnd 1.1',
    'epochEnd 1.1',
    'fitEnd 2.0',
    'close',
  ]);
});

test('a hook that throws ends the run with its name, and the other plugins hear of it', async (t) => {
  const heard: unknown[] = [];
  for (const name of ['fitStart', 'epochStart', 'stepStart', 'stepEnd', 'epochEnd', 'fitEnd'] as const) {
    const bad = hooking(name, async () => Promise.reject(new Error('no ink')), 'bad');
    const { error, events } = await failure(
      bad,
      hooking('exception', (cause) => void heard.push(cause), 'listening'),
    );
    t.is(code(error), 'KDX_HOOK_FAILED');
    t.is(error?.message, `Hook "${name}" of plugin "bad" failed: no ink`);
    t.is(heard.pop(), error);
    t.deepEqual(events.at(-1), {
      type: 'error',
      step:
        name === 'fitStart' || name === 'epochStart' || name === 'stepStart'
          ? 0
          : { stepEnd: 1, epochEnd: 3, fitEnd: 6 }[name],
      code: 'KDX_HOOK_FAILED',
      message: error?.message as string,
    });
  }
});

test('an exception hook that fails does not hide the error', async (t) => {
  const { error, events } = await failure(
    hooking('stepEnd', () => Promise.reject(new Error('the cause')), 'a'),
    hooking('exception', () => Promise.reject(new Error('the aftermath')), 'b'),
  );
  t.regex(error?.message ?? '', /the cause/);
  const warning = events.find((event) => event.type === 'warning');
  t.regex(warning?.message ?? '', /"exception" of plugin "b" failed: the aftermath/);
});

test.serial('every close hook is called, once, also when one fails', async (t) => {
  const closed: string[] = [];
  const run = await tinyRun({
    plugins: [
      task(),
      hooking('close', () => Promise.reject(new Error('stuck')), 'a'),
      hooking('close', () => void closed.push('b'), 'b'),
    ],
  });
  const before = tf.memory().numTensors;
  await t.throwsAsync(run.dispose(), { message: 'Hook "close" of plugin "a" failed: stuck' });
  await t.throwsAsync(run.dispose(), { message: /stuck/ }, 'the same promise again');
  t.deepEqual(closed, ['b']);
  t.true(tf.memory().numTensors < before, 'the models are freed all the same');
});

test('a batch hook changes what is trained on; one that breaks the batch is named', async (t) => {
  const batches: number[] = [];
  const watching = plugin('zz', {
    setup: (ctx) =>
      ctx.addTerm({
        id: 'look',
        group: 'aux',
        reads: ['targets'],
        compute: ({ read }) => {
          batches.push(read('targets').shape[0]);
          return tf.scalar(0);
        },
      }),
  });
  const first = hooking('batch', ({ indices, images, labels, targets }) => ({
    indices: indices.slice(0, 1),
    images: images.slice(0, 16),
    labels: labels.slice(0, 1),
    targets: targets.slice(0, 3),
  }));
  await fitted({ plugins: [task(), first, watching] });
  t.deepEqual(batches, Array(6).fill(1));

  const broken = hooking('batch', (batch) => ({ ...batch, images: batch.images.slice(1) }), 'scissors');
  const { error } = await failure(broken);
  t.is(code(error), 'KDX_HOOK_RESULT');
  t.regex(
    error?.message ?? '',
    /Hook "batch" of plugin "scissors" gave an object .*, whose images is a Float32Array of 63; it must be a Float32Array of 64/,
  );
});

test('a loss hook changes the loss on the tape', async (t) => {
  const doubled = await fitted({
    plugins: [task(), hooking('loss', (loss) => tf.mul(loss, 2))],
    settings: { epochs: 1, optimizer: { name: 'sgd', weightDecay: 0 }, lr: 0.05 },
  });
  const twice = await fitted({
    settings: { epochs: 1, optimizer: { name: 'sgd', weightDecay: 0 }, lr: 0.1 },
  });
  for (const [name, values] of Object.entries(doubled.weights)) {
    t.true(
      values.every((value, i) => Math.abs(value - twice.weights[name][i]) < 1e-6),
      name,
    );
  }
});

test('a loss hook must give a scalar, and not later', async (t) => {
  for (const [result, message] of [
    [undefined, /Hook "loss" of plugin "hooking" gave undefined; it must be a scalar tensor/],
    [tf.ones([2]), /gave a tensor \[2\]; it must be a scalar/],
    [Promise.reject(new Error('late')), /Hook "loss" of plugin "hooking" returned a promise/],
  ] as const) {
    const { error } = await failure(hooking('loss', (() => result) as unknown as Hooks['loss']));
    t.regex(error?.message ?? '', message);
  }
});

test('a gradients hook sees every gradient by name, before clipping, and may replace it', async (t) => {
  const names = new Set<string>();
  const freezing = hooking('gradients', (gradients) => {
    for (const [name, gradient] of gradients) {
      names.add(name);
      if (name.startsWith('student/layer1')) gradients.set(name, tf.zerosLike(gradient));
    }
  });
  const run = await tinyRun({
    plugins: [task(), freezing],
    settings: { clip: 1, optimizer: { name: 'sgd', weightDecay: 0 } },
  });
  const read = () => [
    ...(run.composition.student.parameters.get('layer1.weight')?.variable.dataSync() ?? []),
  ];
  const before = read();
  await run.fit();
  t.deepEqual(read(), before);
  t.deepEqual(
    [...names].sort(),
    ['head.bias', 'head.weight', 'layer1.bias', 'layer1.weight', 'layer2.bias', 'layer2.weight'].map(
      (name) => `student/${name}`,
    ),
  );
  await run.dispose();
});

test('observers see every event and cannot break or change a run', async (t) => {
  const seen: string[] = [];
  const { weights } = await fitted({ plugins: [task()] });
  let slow = 0;
  const watched = await fitted({
    plugins: [
      task(),
      hooking('event', ({ type }) => void seen.push(type), 'watching'),
      hooking(
        'event',
        ({ type }) => Promise.reject(new Error(type === 'run-end' ? 'too late' : 'disk full')),
        'failing',
      ),
      hooking(
        'event',
        async () => {
          await new Promise((done) => setTimeout(done, 10));
          slow += 1;
        },
        'slow',
      ),
    ],
  });
  t.deepEqual(watched.weights, weights);
  const others = watched.events.filter(({ type }) => type !== 'warning');
  t.deepEqual(
    seen.filter((type) => type !== 'warning'),
    others.map(({ type }) => type),
  );
  const warnings = watched.events.filter(
    (event): event is Extract<RunEvent, { type: 'warning' }> => event.type === 'warning',
  );
  const failed = ['disk full', 'too late'].map((why) => `Hook "event" of plugin "failing" failed: ${why}`);
  t.deepEqual(
    warnings.map(({ message }) => message),
    failed,
    'each failure once',
  );
  t.true(slow >= others.length, 'fit() waits for observers that are still at work');
});

test('what a plugin logs reaches the run’s events, also from setup, and steps never fall', async (t) => {
  const kept: { ctx?: PluginContext } = {};
  const talking = plugin('talking', {
    setup(ctx) {
      kept.ctx = ctx;
      ctx.log('hello');
      ctx.hook('epochEnd', ({ epoch }) => ctx.log(`epoch ${epoch}`));
    },
  });
  const heard: string[] = [];
  const listening = hooking(
    'event',
    (event) => void (event.type === 'log' && heard.push(event.message)),
    'listening',
  );
  const { events } = await fitted({ plugins: [task(), talking, listening] });
  const logs = events.filter((event) => event.type === 'log');
  t.deepEqual(
    logs.map(({ step, source, message }) => [step, source, message]),
    [
      [0, 'talking', 'hello'],
      [3, 'talking', 'epoch 0'],
      [6, 'talking', 'epoch 1'],
    ],
  );
  t.deepEqual(heard, ['hello', 'epoch 0', 'epoch 1']);
});
