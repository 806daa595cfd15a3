import {
  createRun,
  definePlugin,
  explainRun,
  type ModelRecipe,
  type Plugin,
  type Run,
  runSettings,
} from '@kdx/core';
import { fromArrays } from '@kdx/data';
import { model } from '@kdx/models';
import { deit } from '@kdx/plugin-deit';
import { kd } from '@kdx/plugin-kd';
import { baseTask, kitModel } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { z } from 'zod';
import { type ShakeOptions, shake } from './index.js';

test.before(() => tf.setBackend('cpu'));

const RESNET = model('cifar_resnet8?img=8');
const VIT = kitModel('vit');
const CNN = kitModel('cnn');

const images = (size: number) =>
  fromArrays({
    images: Uint8Array.from({ length: 8 * size * size * 3 }, (_, i) => (i * 37) % 251),
    labels: [0, 1, 2, 3, 0, 1, 2, 3],
    imageSize: [size, size, 3],
    classNames: ['a', 'b', 'c', 'd'],
  });

interface Wiring {
  readonly student?: ModelRecipe;
  readonly teachers?: readonly ModelRecipe[];
  readonly options?: ShakeOptions;
  readonly beside?: readonly Plugin[];
  readonly size?: number;
}

const wired = ({
  student = RESNET,
  teachers = [RESNET],
  options,
  beside = [],
  size = 8,
}: Wiring): Promise<Run> =>
  createRun({
    name: 'test',
    student,
    teachers: [...teachers],
    data: images(size),
    plugins: [baseTask(), shake(options), ...beside],
    settings: runSettings.parse({ epochs: 1, batch: 8, lr: 0.1, optimizer: 'sgd', teacherImages: 0 }),
    backend: { name: 'cpu', build: '', threads: 1, device: 'cpu', precision: 'float32' },
  });

const explained = async (wiring: Wiring) => {
  const run = await wired(wiring);
  const told = explainRun(run.composition);
  await run.dispose();
  return told;
};
const termsOf = async (wiring: Wiring) =>
  (await explained(wiring)).terms.filter(({ plugin, superseded }) => plugin === 'shake' && !superseded);

/** Whom a term alone moves, and what else changes in a step. */
async function movedBy(term: string, wiring: Wiring) {
  const moved = new Set<string>();
  const others = (await explained(wiring)).terms
    .map(({ id }) => id)
    .filter((id) => id !== term && id.includes('/'));
  const watching = definePlugin({
    name: 'watching',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'leaves one term and keeps who gets a gradient',
    options: z.strictObject({}),
    setup(ctx) {
      for (const id of others) ctx.supersede(id, 'test');
      ctx.hook('gradients', (gradients) => {
        for (const [name, gradient] of gradients) {
          if (tf.max(tf.abs(gradient)).dataSync()[0] > 0) moved.add(name);
        }
      });
    },
  });
  const run = await wired({ ...wiring, beside: [watching()] });
  const { teachers, modules } = run.composition;
  const bytes = (): string =>
    JSON.stringify(
      teachers.map(({ parameters, buffers }) =>
        [...parameters.values(), ...buffers.values()].map(({ variable }) => [...variable.dataSync()]),
      ),
    );
  const statistics = (): string =>
    JSON.stringify(
      [...modules.values()].map(({ store }) =>
        [...store.buffers.values()].map((b) => [...b.variable.dataSync()]),
      ),
    );
  const before = { teacher: bytes(), shadow: statistics() };
  await run.fit();
  const after = { teacher: bytes(), shadow: statistics() };
  await run.dispose();
  const owners = new Set([...moved].map((name) => (name.startsWith('student/') ? 'student' : 'shadow')));
  return {
    learns: [...owners].sort(),
    moved,
    teacherMoved: before.teacher !== after.teacher,
    shadowStatisticsMoved: before.shadow !== after.shadow,
  };
}

test('S5: official, who learns from which term; the teacher stays, the shadow’s statistics move', async (t) => {
  for (const [term, learns] of [
    ['shake/ce', ['student']],
    ['shake/forward', ['student']],
    ['shake/reverse', ['shadow']],
    ['shake/inherit', ['shadow']],
    ['shake/shadow-ce', ['shadow']],
    ['shake/kd', ['student']],
  ] as const) {
    const found = await movedBy(term, { options: { alpha: 1 } });
    t.deepEqual(found.learns, [...learns], term);
    t.false(found.teacherMoved, term);
    t.is(found.shadowStatisticsMoved, term !== 'shake/ce' && term !== 'shake/kd', term);
    t.false(
      [...found.moved].some((name) => name.startsWith('teacher')),
      term,
    );
  }
});

test('S5: submission, the shadow’s terms reach the backbone and not the task head', async (t) => {
  const options = { preset: 'submission', alpha: 1 } as const;
  for (const [term, learns] of [
    ['shake/forward', ['student']],
    ['shake/reverse', ['shadow', 'student']],
    ['shake/inherit', ['shadow', 'student']],
  ] as const) {
    const { learns: found, moved } = await movedBy(term, { options });
    t.deepEqual(found, [...learns], term);
    const throughShadow = term !== 'shake/forward';
    t.is(moved.has('student/fc.weight'), !throughShadow, term);
    t.true(moved.has('student/conv1.weight'), term);
  }
});

test('presets: where the shadow stands and which terms there are', async (t) => {
  const ids = async (options: ShakeOptions) => (await termsOf({ options })).map(({ id }) => id.slice(6));
  t.deepEqual(await ids({}), ['ce', 'forward', 'inherit', 'reverse', 'shadow-ce']);
  t.deepEqual(await ids({ preset: 'poster' }), ['forward', 'inherit', 'reverse']);
  t.deepEqual(await ids({ preset: 'submission', reverse: false }), ['forward', 'inherit']);
  const formulas = async (options: ShakeOptions) =>
    Object.fromEntries((await termsOf({ options })).map(({ id, formula }) => [id.slice(6), formula]));
  t.is((await formulas({})).inherit, 'MSE(N(h), N(t))');
  t.is((await formulas({ preset: 'poster' })).inherit, 'τ²·KL(t ‖ h), τ=4');
  t.is((await formulas({ preset: 'poster', inherit: 'hard' })).inherit, 'CE(h, argmax t)');
  t.is((await formulas({ logitNorm: false })).forward, 'τ²·KL(sg h ‖ s), τ=4');
  const groups = (await termsOf({})).map(({ id, group }) => `${id.slice(6)} ${group}`);
  t.deepEqual(groups, ['ce task', 'forward mutual', 'inherit aux', 'reverse mutual', 'shadow-ce aux']);
});

test('several teachers have a shadow each and count equally', async (t) => {
  const { terms, modules } = await explained({
    teachers: [RESNET, RESNET],
    options: { preset: 'submission', lambda: 0.5 },
  });
  t.deepEqual(
    modules.map(({ id }) => id),
    ['shake/head', 'shake/head2'],
  );
  const weights = terms
    .filter(({ plugin }) => plugin === 'shake')
    .map(({ id, weights: [[, w]] }) => [id.slice(6), w]);
  t.deepEqual(Object.fromEntries(weights), {
    forward: 0.25,
    forward2: 0.25,
    inherit: 0.5,
    inherit2: 0.5,
    reverse: 0.25,
    reverse2: 0.25,
  });
});

test('on a ViT the distillation token is the shadow, deit/kd its inheritance, and the class head is evaluated', async (t) => {
  const vit = { student: VIT, teachers: [CNN] };
  const alone = await explained(vit);
  t.deepEqual(
    alone.terms.map(({ id }) => id),
    ['base/ce', 'deit/kd', 'shake/forward', 'shake/reverse'],
  );
  t.deepEqual(alone.balance.owner, 'deit');
  t.is(alone.headRule, 'class');
  t.deepEqual(alone.modules, []);
  const named = await explained({ ...vit, beside: [deit()] });
  t.deepEqual(named.terms, alone.terms, 'named or brought, it is the same run');
  const soft = await explained({ ...vit, beside: [deit({ type: 'soft' })] });
  t.regex(soft.terms[1].formula ?? '', /KL/, 'the user’s own options for deit win');
  const inherited = await explained({ ...vit, options: { inherit: 'kl', temperature: 2 } });
  t.is(inherited.terms[1].formula, 'τ²·KL(t ‖ z_d), τ=2, ÷ B');
});

test('a ViT can have its shadow elsewhere', async (t) => {
  const told = await explained({ student: VIT, teachers: [CNN], options: { preset: 'official' } });
  t.deepEqual(
    told.modules.map(({ id }) => id),
    ['shake/head'],
  );
  t.deepEqual(told.adaptations, []);
  await t.notThrowsAsync(explained({ student: VIT, teachers: [CNN], options: { preset: 'submission' } }));
});

test('the stages of a teacher: the first three where they fit its classifier, else the last three, else those named', async (t) => {
  const readsOf = async (name: string, options: ShakeOptions = {}) => {
    const { modules } = await explained({
      teachers: [model(name)],
      options,
      size: 32,
      student: model('cifar_resnet8'),
    });
    return modules[0].inputs.map(({ ref }) => ref.slice('teacher.'.length));
  };
  t.deepEqual(await readsOf('cifar_resnet8'), ['layer1', 'layer2', 'layer3']);
  t.deepEqual(await readsOf('cifar_vgg8'), ['block1', 'block2', 'block3']);
  t.deepEqual(await readsOf('cifar_ResNet18'), ['layer2', 'layer3', 'layer4']);
  t.deepEqual(await readsOf('cifar_resnet8', { stages: ['f2', 'layer3'] }), ['layer2', 'layer3']);
  t.deepEqual(await readsOf('cifar_mobilenetv2', { classifier: 'own' }), [
    'blocks.2',
    'blocks.4',
    'blocks.6',
  ]);
});

test('what does not fit says what helps', async (t) => {
  const refused = (wiring: Wiring) => wired(wiring).then((run) => run.dispose());
  const size = { size: 32, student: model('cifar_resnet8') };
  await t.throwsAsync(refused({ ...size, teachers: [model('cifar_mobilenetv2')] }), {
    code: 'KDX_SHAKE_CLASSIFIER',
    message:
      /reads 1280 values and its stage \S+ has 160 channels.*"classifier":"own".*"preset":"submission"/,
  });
  await t.throwsAsync(refused({ student: CNN, teachers: [VIT] }), {
    code: 'KDX_SHAKE_STAGES',
    message: /choose a CNN as teacher.*submission/,
  });
  await t.throwsAsync(refused({ options: { stages: ['layer3', 'layer1'], classifier: 'own' } }), {
    code: 'KDX_SHAKE_STAGES',
  });
  await t.throwsAsync(refused({ options: { stages: ['pooled'] } }), { code: 'KDX_TAP_SHAPE' });
  await t.throwsAsync(refused({ options: { stages: ['layr1'] } }), { code: 'KDX_TAP_UNKNOWN' });
  await t.throwsAsync(refused({ teachers: [] }), { code: 'KDX_TEACHER_MISSING' });
  await t.throwsAsync(refused({ options: { preset: 'submission', feature: 'logts' } }), {
    code: 'KDX_TAP_UNKNOWN',
  });
  const vit = { student: VIT, teachers: [CNN] };
  await t.throwsAsync(refused({ ...vit, options: { inherit: 'mse' } }), { code: 'KDX_SHAKE_INHERIT' });
  await t.throwsAsync(refused({ ...vit, beside: [kd()] }), { code: 'KDX_SLOT_TWICE' });
  await t.throwsAsync(refused({ ...vit, options: { preset: 'deit' }, beside: [deit({ classical: true })] }), {
    code: 'KDX_SHAKE_TOKEN',
    message: /leave out deit's option classical/,
  });
});
