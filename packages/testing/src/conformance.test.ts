import { definePlugin, type PluginContext, type PluginFactory } from '@kdx/core';
import { detach, helperModule, klDivergence, Linear, meanSquaredError } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { z } from 'zod';
import { type CheckName, check, conformance, type Minima, subjectsOf } from './index.js';

test.before(() => tf.setBackend('cpu'));

const plugin = (name: string, setup: (ctx: PluginContext) => void): PluginFactory =>
  definePlugin({
    name,
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: name,
    options: z.strictObject({}),
    setup,
  }) as unknown as PluginFactory;

/** A plugin with one term on the logits. */
const onLogits = (name: string, loss: (student: tf.Tensor2D, teacher: tf.Tensor2D) => tf.Scalar) =>
  plugin(name, (ctx) =>
    ctx.addTerm({
      id: 'logits',
      group: 'distill',
      reads: ['student.logits', 'teacher.logits'],
      compute: ({ read }) => loss(read<tf.Tensor2D>('student.logits'), read<tf.Tensor2D>('teacher.logits')),
    }),
  );

const checked = (name: CheckName, of: PluginFactory, minimum: Minima = {}): Promise<readonly string[]> =>
  check(name, subjectsOf({ plugin: of, cases: [{ student: 'cnn' }], minimum })[0]);

/** Helpers that learn, features, and two that teach each other: each half detaches the other. */
const mutual = plugin('mutual', (ctx) => {
  const aligner = ctx.addModule(
    'aligner',
    helperModule(['student.pooled'], (scope, [[width]]) => new Linear(scope, width, 16)),
  );
  const shadow = ctx.addModule(
    'shadow',
    helperModule([aligner], (scope, [[width]]) => new Linear(scope, width, ctx.student.spec.classes)),
  );
  const logits = (read: (ref: string) => tf.Tensor, ref: string) => read(ref) as tf.Tensor2D;
  ctx.addTerm({
    id: 'hint',
    group: 'hint',
    reads: [aligner, 'teacher.norm'],
    trains: [aligner],
    compute: ({ read }) => {
      const token = tf.squeeze(tf.slice(read<tf.Tensor3D>('teacher.norm'), [0, 0, 0], [-1, 1, -1]), [1]);
      return meanSquaredError(read(aligner), token);
    },
  });
  ctx.addTerm({
    id: 'forward',
    group: 'mutual',
    reads: ['student.logits', shadow],
    trains: ['student'],
    compute: ({ read }) => klDivergence(logits(read, 'student.logits'), detach(logits(read, shadow))),
  });
  ctx.addTerm({
    id: 'both',
    group: 'mutual',
    reads: ['student.logits', shadow],
    compute: ({ read }) => {
      const [s, h] = [logits(read, 'student.logits'), logits(read, shadow)];
      return tf.add(klDivergence(s, detach(h)), klDivergence(h, detach(s))) as tf.Scalar;
    },
  });
});

test.serial('what a term detaches is held while finite differences are taken', async (t) => {
  t.deepEqual(await checked('gradient', mutual), []);
});

test.serial(
  'a term that a helper passes on to the student trains both, so to name the helper alone is wrong',
  async (t) => {
    const error = await t.throwsAsync(checked('trains', mutual), { code: 'KDX_CONFORMANCE_TRAINS' });
    t.regex(
      error?.message ?? '',
      /term mutual\/hint says that it trains module.mutual\/aligner and trains .*, student/,
    );
  },
);

test.serial('minima of hints and of mutual terms are proved like those of logits', async (t) => {
  const because = 'the teacher’s feature has tokens, which the student’s has not.';
  const notes = await checked('minimum', mutual, {
    'mutual/hint': because,
    'mutual/forward': 0,
    'mutual/both': 0,
  });
  t.deepEqual(notes, [`mutual/hint: ${because}`]);
});

test.serial('a term without a statement is a failure that asks for one', async (t) => {
  await t.throwsAsync(checked('minimum', onLogits('kl', klDivergence)), {
    code: 'KDX_CONFORMANCE_MINIMUM',
    message: /nothing is said of the minimum of kl\/logits; state minimum: \{ 'kl\/logits': 0 \}/,
  });
  await t.throwsAsync(checked('minimum', onLogits('kl', klDivergence), { 'kl/logits': 0, 'kl/other': 0 }), {
    message: /a minimum is stated for kl\/other, and "kl" has base\/ce, kl\/logits/,
  });
});

test.serial('a minimum may be a function of what is read: cross-entropy ends at the entropy', async (t) => {
  const crossEntropy = onLogits('soft', (student, teacher) =>
    tf.neg(tf.mean(tf.sum(tf.mul(tf.softmax(teacher), tf.logSoftmax(student)), 1))),
  );
  const entropy = (read: (ref: string) => tf.Tensor): tf.Scalar => {
    const p = tf.softmax(read('teacher.logits') as tf.Tensor2D);
    return tf.neg(tf.mean(tf.sum(tf.mul(p, tf.log(p)), 1)));
  };
  t.deepEqual(await checked('minimum', crossEntropy, { 'soft/logits': entropy }), []);
  await t.throwsAsync(checked('minimum', crossEntropy, { 'soft/logits': 0 }), {
    message: /0\.00000 is stated/,
  });
});

test.serial('a maximum and a saddle are not taken for a minimum', async (t) => {
  const maximum = onLogits('most', (student, teacher) => tf.neg(klDivergence(student, teacher)));
  await t.throwsAsync(checked('minimum', maximum, { 'most/logits': 0 }), { message: /it is no minimum/ });
  const slope = onLogits('slope', (student, teacher) => tf.mean(tf.sub(student, teacher)));
  await t.throwsAsync(checked('minimum', slope, { 'slope/logits': 0 }), { message: /pulls the student off/ });
});

test.serial('a gradient that is cut behind the tape is found', async (t) => {
  const cut = onLogits('cut', (student, teacher) => {
    const scale = tf.tensor(tf.mean(tf.abs(student)).dataSync());
    return tf.mul(klDivergence(student, teacher), tf.squeeze(scale)) as tf.Scalar;
  });
  await t.throwsAsync(checked('gradient', cut), {
    code: 'KDX_CONFORMANCE_GRADIENT',
    message: /term cut\/logits changes by .* or what stops gradients other than nn's detach/,
  });
});

test.serial('a loss that is another each time it is computed is told so', async (t) => {
  let calls = 0;
  const counting = onLogits('counting', (student, teacher) =>
    tf.mul(klDivergence(student, teacher), 1 + calls++),
  );
  await t.throwsAsync(checked('gradient', counting), {
    message: /compute must not change what it depends on/,
  });
});

test.serial(
  'beside a plugin that it cannot stand beside, it is refused in either order, and the reason is told',
  async (t) => {
    const balancing = (name: string) => plugin(name, (ctx) => ctx.balance({ task: 1 }));
    const [subject] = subjectsOf({ plugin: balancing('one'), beside: [balancing('two')] });
    const notes = await check('order', subject);
    t.is(notes.length, 1);
    t.regex(notes[0], /^beside "two" it is refused: .*"one" and "two"/);
  },
);

test.serial('a plugin that needs another gets it from those beside it', async (t) => {
  const needing = definePlugin({
    name: 'needing',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'needs a plugin',
    requires: ['plugin:needed'],
    options: z.strictObject({}),
    setup: () => {},
  });
  const needed = plugin('needed', () => {});
  const [subject] = subjectsOf({ plugin: needing, beside: [needed] });
  t.deepEqual(await check('teacher', subject), []);
  const [alone] = subjectsOf({ plugin: needing });
  await t.throwsAsync(check('teacher', alone), { message: /could not be finished: .*needed/ });
});

test.serial('a plugin that fails before a check can begin fails that check, with the cause', async (t) => {
  const failing = plugin('failing', () => {
    throw new Error('no such file');
  });
  await t.throwsAsync(checked('teacher', failing), {
    code: 'KDX_CONFORMANCE_TEACHER',
    message: /"failing" \(\{\}, cnn\): it could not be finished: .*no such file/,
  });
});

test.serial(
  'conformance registers a test per check and case with any runner, and logs what is stated',
  async (t) => {
    const tests = new Map<string, (context?: unknown) => Promise<void>>();
    conformance((title, run) => void tests.set(title, run), {
      plugin: onLogits('hard', (student, teacher) => klDivergence(student, teacher)),
      cases: [{ minimum: { 'hard/logits': 'it is not looked for.' } }, { student: 'cnn' }],
    });
    t.is(tests.size, 26);
    const titled = (text: string) => [...tests].find(([title]) => title.startsWith(text)) ?? t.fail(text);
    const [title, run] = titled('hard ({}, vit), minimum:') as [string, (context?: unknown) => Promise<void>];
    t.is(title, 'hard ({}, vit), minimum: losses are least where student and teacher agree');
    t.is(run.length, 0, 'a runner must not take it for one with a callback');
    const logged: string[] = [];
    await run({ log: (text: string) => void logged.push(text) });
    t.deepEqual(logged, ['hard/logits: it is not looked for.']);
    await run();
    const [, silent] = titled('hard ({}, cnn), minimum:') as [string, () => Promise<void>];
    await t.throwsAsync(silent(), { code: 'KDX_CONFORMANCE_MINIMUM' });
  },
);
