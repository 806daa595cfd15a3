import { definePlugin, type ModelRecipe, type Plugin, type TermStep } from '@kdx/core';
import { explainRun } from '@kdx/core/inspect';
import { clockAt, createRun, type Run, runSettings } from '@kdx/core/run';
import { fromArrays } from '@kdx/data';
import { defineModel, model } from '@kdx/models';
import { Activation, Linear, Sequential } from '@kdx/nn';
import { deit } from '@kdx/plugin-deit';
import { kd } from '@kdx/plugin-kd';
import { keyedRng } from '@kdx/tensor';
import { baseTask, kitModel, near } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { z } from 'zod';
import { H, S, T } from './golden.test.helper.js';
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
    labelNames: ['a', 'b', 'c', 'd'],
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
  const explanation = explainRun(run.composition);
  await run.dispose();
  return explanation;
};
const termsOf = async (wiring: Wiring) =>
  (await explained(wiring)).terms.filter(({ plugin, superseded }) => plugin === 'shake' && !superseded);

/** The parts that one term alone moves, and what other values change in a step. */
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
  const explanation = await explained({ student: VIT, teachers: [CNN], options: { preset: 'official' } });
  t.deepEqual(
    explanation.modules.map(({ id }) => id),
    ['shake/head'],
  );
  t.deepEqual(explanation.adaptations, []);
  await t.notThrowsAsync(explained({ student: VIT, teachers: [CNN], options: { preset: 'submission' } }));
});

test('the stages of a teacher: the first three where they fit its classifier, otherwise the last three, or those named', async (t) => {
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

test('a model or option that does not fit is refused with a remedy', async (t) => {
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
    message: /deit's option classical leaves it out.*"official"/,
  });
});

const Y = [
  [1, 0, 0, 0],
  [0, 0, 0, 1],
];
/** The golden cases' logits; a second teacher and its shadow swap roles. */
const GIVEN: Readonly<Record<string, number[][]>> = {
  'student.logits': S,
  'teacher.logits': T,
  'teacher2.logits': H,
  'module.shake/head': H,
  'module.shake/head2': T,
  targets: Y,
};

/** Value and weight of the plugin's own terms on those logits. */
async function termsOn(options: ShakeOptions, teachers: readonly ModelRecipe[] = [RESNET]) {
  const run = await wired({ options, teachers });
  const clock = clockAt([{ epochs: 1, stepsPerEpoch: 1 }], 0);
  const found = run.composition.terms
    .filter(({ plugin }) => plugin === 'shake')
    .map(({ id, compute, weight }) => {
      const read = (ref: string) => tf.tensor2d(GIVEN[ref]);
      const step = { clock, read, rng: () => keyedRng(0) } as unknown as TermStep;
      const value = tf.tidy(() => compute(step).dataSync()[0]);
      return [id.slice('shake/'.length), { value, weight: weight.at(clock) }] as const;
    });
  await run.dispose();
  return Object.fromEntries(found);
}
type Terms = Awaited<ReturnType<typeof termsOn>>;
const total = (terms: Terms): number =>
  Object.values(terms).reduce((sum, { value, weight }) => sum + weight * value, 0);

test('S3 by the plugin’s own terms, at each scale, with and without the plain term', async (t) => {
  const official = await termsOn({});
  t.true(near(total(official), 14.5079720163, 1e-5));
  t.true(near(official.inherit.value, 7.8251614469, 5e-6));
  t.true(near(total(await termsOn({ logitNorm: 3 })), 13.3768929, 1e-5));
  t.true(near(total(await termsOn({ logitNorm: 1 })), 2.745099157, 2e-6));
  const { kd } = await termsOn({ alpha: 0.5 });
  t.true(near(kd.value, 1.2542615678, 2e-6));
  t.is(kd.weight, 0.5);
});

test('S2 by the plugin’s own terms: the submission, λ, other temperatures, the decision', async (t) => {
  const submission = await termsOn({ preset: 'submission' });
  t.true(near(total(submission), 2.8288794807 - 0.5333565368, 2e-6));
  t.true(
    near(total(await termsOn({ preset: 'submission', lambda: 0.5 })), 2.2478094553 - 0.5333565368, 2e-6),
  );
  const mse = await termsOn({ preset: 'poster', inherit: 'mse' });
  t.true(near(mse.inherit.value, 2.75));
  const hard = await termsOn({ preset: 'poster', inherit: 'hard' });
  t.true(near(hard.inherit.value, 0.7758162388));
  // At τ = 1: KL(t ‖ s) is S1's, and between others what softmax and logarithm give.
  const p = (row: number[]) => row.map((x) => Math.exp(x) / row.reduce((sum, z) => sum + Math.exp(z), 0));
  const kl = (target: number[][], learner: number[][]) =>
    target.reduce((sum, row, i) => {
      const [a, b] = [p(row), p(learner[i])];
      return sum + a.reduce((all, x, k) => all + x * Math.log(x / b[k]), 0) / target.length;
    }, 0);
  const one = await termsOn({ preset: 'poster', temperature: 1, alpha: 1 });
  t.true(near(one.kd.value, 0.3162858875));
  for (const [term, target, learner] of [
    ['forward', H, S],
    ['reverse', S, H],
    ['inherit', T, H],
  ] as const) {
    t.true(near(one[term].value, kl(target, learner), 2e-6), term);
  }
});

test('of two teachers each shadow inherits from its own, and all terms count half', async (t) => {
  const terms = await termsOn({ preset: 'poster', shadowCe: true, alpha: 0.6 }, [RESNET, RESNET]);
  t.deepEqual(
    [...new Set(Object.entries(terms).map(([id, { weight }]) => `${id.replace('2', '')} ${weight}`))].sort(),
    ['forward 0.5', 'inherit 0.5', 'kd 0.3', 'reverse 0.5', 'shadow-ce 0.5'],
  );
  // KL(h ← t) and, roles swapped, KL(t ← h).
  t.true(near(terms.inherit.value, 1.133382893));
  t.not(terms.inherit2.value, terms.inherit.value);
  const swapped = await termsOn({ preset: 'poster' }, [RESNET, RESNET]);
  t.true(near(swapped.inherit2.value, terms.inherit2.value));
  const { terms: both } = await explained({
    teachers: [RESNET, model('cifar_resnet14?img=8')],
    options: { alpha: 1 },
  });
  t.is(both.find(({ id }) => id === 'shake/kd2')?.group, 'distill');
});

test('each official shadow ends in its own teacher’s classifier', async (t) => {
  const other = model('cifar_resnet14?img=8');
  const run = await wired({ teachers: [RESNET, other] });
  const { modules, teachers } = run.composition;
  for (const [index, name] of ['head', 'head2'].entries()) {
    const module = modules.get(`shake/${name}`);
    for (const { variable } of module?.store.parameters.values() ?? []) {
      if (variable.rank === 4) variable.assign(tf.zerosLike(variable));
    }
    const [first] = [...(module?.inputs.keys() ?? [])];
    t.true(first.startsWith(index === 0 ? 'teacher.' : 'teacher2.'));
    const shapes = [8, 4, 2].map((size, i) => tf.zeros([1, size, size, 16 << i]));
    const found = module?.forward(shapes, { training: false, rng: () => keyedRng(0) }) as tf.Tensor;
    const bias = teachers[index].parameters.get('fc.bias')?.variable.dataSync() ?? [];
    t.true(near([...found.dataSync()], [...bias]), name);
  }
  await run.dispose();
});

test('a shadow on the backbone: the class token of a ViT, both convolutions of the stronger head', async (t) => {
  const call = { training: false, rng: () => keyedRng(0) };
  const vit = await wired({ student: VIT, teachers: [CNN], options: { preset: 'submission' } });
  const linear = vit.composition.modules.get('shake/head');
  const tokens = tf.randomNormal([2, 5, 16], 0, 1, 'float32', 3);
  const out = (x: tf.Tensor) => [...(linear?.forward([x], call).dataSync() ?? [])];
  const keep = (from: number, to: number) =>
    tf.mul(
      tokens,
      tf.tensor(
        Array.from({ length: 5 }, (_, i) => (i >= from && i < to ? 1 : 0)),
        [1, 5, 1],
      ),
    );
  t.deepEqual(out(keep(0, 1)), out(tokens));
  t.notDeepEqual(out(keep(1, 5)), out(tokens));
  await vit.dispose();

  const cnn = await wired({ options: { preset: 'submission', head: 'stronger' } });
  const stronger = cnn.composition.modules.get('shake/head');
  const x = tf.randomNormal([2, 4, 4, 32], 0, 1, 'float32', 5) as tf.Tensor4D;
  const of = (name: string) => stronger?.store.parameters.get(name)?.variable as tf.Variable;
  const n = 1 / Math.sqrt(1 + 1e-5);
  const cbr = (maps: tf.Tensor4D, name: string, stride: number) =>
    tf.relu(
      tf.mul(
        tf.conv2d(
          tf.pad(maps, [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ]),
          of(name) as unknown as tf.Tensor4D,
          stride,
          'valid',
        ),
        n,
      ),
    ) as tf.Tensor4D;
  const feature = tf.mean(cbr(cbr(x, 'conv.0.conv.weight', 2), 'conv.1.conv.weight', 1), [1, 2]);
  const expected = tf.add(
    tf.matMul(feature as tf.Tensor2D, of('fc.weight') as unknown as tf.Tensor2D),
    of('fc.bias'),
  );
  t.true(near([...(stronger?.forward([x], call).dataSync() ?? [])], [...expected.dataSync()], 1e-4));
  await cnn.dispose();
});

test('options of another place, a token without deit and a feature of another width are refused', async (t) => {
  const refused = (wiring: Wiring) => wired(wiring).then((run) => run.dispose());
  for (const options of [
    { head: 'stronger' },
    { feature: 'pooled' },
    { preset: 'submission', stages: ['layer1'] },
    { preset: 'submission', classifier: 'own' },
    { preset: 'submission', head: 'stronger', feature: 'pooled' },
  ] satisfies ShakeOptions[]) {
    await t.throwsAsync(refused({ options }), { code: 'KDX_SHAKE_OPTION' }, JSON.stringify(options));
  }
  await t.throwsAsync(refused({ options: { preset: 'deit' } }), {
    code: 'KDX_SHAKE_TOKEN',
    message: /"official"/,
  });
  const token = defineModel({
    name: 'two_heads',
    options: z.object({}),
    classHead: 'fc.weight',
    build: (scope, { classes }) => {
      const pooled = new Activation(scope.child('pooled'), (x) => tf.mean(x, [1, 2]));
      const wide = new Linear(scope.child('wide'), 3, 7);
      return {
        trunk: new Sequential(scope.child('trunk'), [() => pooled, () => wide]),
        heads: {
          class: new Linear(scope.child('fc'), 7, classes),
          distillation: new Linear(scope.child('dist'), 7, classes),
        },
      };
    },
  });
  await t.throwsAsync(refused({ student: token }), { code: 'KDX_SHAKE_TOKEN', message: /deit,shake/ });
  await t.throwsAsync(refused({ student: token, options: { preset: 'submission' } }), {
    code: 'KDX_SHAKE_FEATURE',
    message: /reads, 7 values/,
  });
  await t.notThrowsAsync(refused({ student: token, options: { preset: 'submission', feature: 'wide' } }));
});

test('each weight of the formula by itself: γ, β, λ and one for each of the shadow’s terms', async (t) => {
  // S3's terms, at the released code's scale.
  const parts = {
    ce: 0.0427400859,
    reverse: 2.6233300208,
    forward: 2.5787949181,
    'shadow-ce': 1.4379455446,
    inherit: 7.8251614469,
  };
  const weights = { forward: 3, reverse: 0.25, inherit: 0.1, shadowCe: 4 };
  const terms = await termsOn({ gamma: 0.5, beta: 2, lambda: 0.5, weights });
  const expected = { ce: 0.5, forward: 3, reverse: 0.25, inherit: 0.2, 'shadow-ce': 8 };
  for (const [term, weight] of Object.entries(expected)) {
    t.true(near(terms[term].weight, weight), `${term}: ${terms[term].weight}`);
    t.true(near(terms[term].value, parts[term as keyof typeof parts], 5e-6), term);
  }
  const sum = Object.entries(expected).reduce(
    (all, [term, w]) => all + w * parts[term as keyof typeof parts],
    0,
  );
  t.true(near(total(terms), sum, 2e-5));
});

test('a weight of 0 leaves a term out; γ takes the place of the base task’s term on plain logits too', async (t) => {
  const ids = async (options: ShakeOptions) => Object.keys(await termsOn(options)).toSorted();
  t.deepEqual(await ids({ preset: 'poster', beta: 0 }), []);
  t.deepEqual(await ids({ preset: 'poster', weights: { inherit: 0, reverse: 0 } }), ['forward']);
  t.deepEqual(await ids({ weights: { forward: 0, shadowCe: 0 } }), ['ce', 'inherit', 'reverse']);
  const plain = await termsOn({ preset: 'poster', gamma: 0.25, shadowCe: true, weights: { shadowCe: 0.5 } });
  t.true(near(plain.ce.value, 0.5333565368));
  t.is(plain.ce.weight, 0.25);
  t.true(near(plain['shadow-ce'].value, 0.7758162388));
  t.is(plain['shadow-ce'].weight, 0.5);
  const { terms } = await explained({ options: { preset: 'poster', gamma: 0.25 } });
  t.truthy(terms.find(({ id }) => id === 'base/ce')?.superseded);
});

test('a distillation token learns the ground truth with shadowCe', async (t) => {
  const terms = await termsOf({
    student: VIT,
    teachers: [CNN],
    options: { shadowCe: true, beta: 0.5, weights: { shadowCe: 0.5 } },
  });
  t.deepEqual(
    terms.map(({ id }) => id),
    ['shake/forward', 'shake/reverse', 'shake/shadow-ce'],
  );
});

test('the weight of an absent term is refused', async (t) => {
  const refused = (options: ShakeOptions, student: ModelRecipe = RESNET) =>
    t.throwsAsync(wired({ options, student, teachers: [CNN] }), { code: 'KDX_SHAKE_OPTION' });
  t.regex((await refused({ reverse: false, weights: { reverse: 2 } })).message, /weights\.reverse/);
  t.regex((await refused({ preset: 'poster', weights: { shadowCe: 2 } })).message, /shadowCe false/);
  t.regex((await refused({ weights: { inherit: 2 } }, VIT)).message, /deit’s alpha/);
});
