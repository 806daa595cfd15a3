import { type Model, type ModelRecipe, type Plugin } from '@kdx/core';
import { explainRun } from '@kdx/core/inspect';
import { clockAt, createRun, effectiveWeight, type Run, runSettings } from '@kdx/core/run';
import { fromArrays } from '@kdx/data';
import { model } from '@kdx/models';
import { deit } from '@kdx/plugin-deit';
import { shake } from '@kdx/plugin-shake';
import { tfFd } from '@kdx/plugin-tf-fd';
import { baseTask, kitModel, near } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type DearkdOptions, dearkd } from './index.js';

test.before(() => tf.setBackend('cpu'));

const VIT = kitModel('vit');
const CNN = kitModel('cnn');

const images = fromArrays({
  images: Uint8Array.from({ length: 8 * 8 * 8 * 3 }, (_, i) => (i * 37) % 251),
  labels: [0, 1, 2, 3, 0, 1, 2, 3],
  imageSize: [8, 8, 3],
  labelNames: ['a', 'b', 'c', 'd'],
});

interface Wiring {
  readonly student?: ModelRecipe;
  readonly teachers?: readonly (ModelRecipe | Model)[];
  readonly options?: DearkdOptions;
  readonly beside?: readonly Plugin[];
  readonly epochs?: number;
}

const wired = ({
  student = VIT,
  teachers = [CNN],
  options,
  beside = [],
  epochs = 6,
}: Wiring = {}): Promise<Run> =>
  createRun({
    name: 'test',
    student,
    teachers: [...teachers],
    data: images,
    plugins: [baseTask(), dearkd(options), ...beside],
    settings: runSettings.parse({ epochs, batch: 4, teacherImages: 0 }),
    backend: { name: 'cpu', build: '', threads: 1, device: 'cpu', precision: 'float32' },
  });

const explained = async (wiring: Wiring = {}) => {
  const run = await wired(wiring);
  const explanation = explainRun(run.composition);
  await run.dispose();
  return explanation;
};

test('a ViT of three blocks: the first attends by position too, and learns to be the stage of half its stride', async (t) => {
  const { terms, adaptations, modules, balance, symbols, headRule } = await explained();
  t.deepEqual(adaptations.map(({ adaptation, plugin }) => `${adaptation} ${plugin}`).sort(), [
    'convolutional-attention dearkd',
    'distillation-token deit',
  ]);
  t.deepEqual(
    terms.map(({ id, group, formula }) => [id, group, formula]),
    [
      ['base/ce', 'task', 'CE(z, ỹ)'],
      ['dearkd/hidden', 'hint', 'MSE(align blocks.0, norm teacher.layer2)'],
      ['deit/kd', 'distill', 'CE(z_d, argmax t)'],
    ],
  );
  t.deepEqual(
    modules.map(({ id }) => id),
    ['dearkd/aligner', 'dearkd/target'],
  );
  t.is(balance.owner, 'dearkd');
  t.is(headRule, 'mean');
  t.deepEqual(
    symbols.map(({ symbol, definition }) => `${symbol} = ${definition}`),
    ['α(e) = 0.5, from epoch 5 on 1', 'β(e) = 1, from epoch 5 on 0'],
  );
});

test('G9: the weights of ground truth, teacher and hidden loss', async (t) => {
  const [ce, kd, hidden] = [0.2413113, 2.07528104, 0.25];
  const total = async (options: DearkdOptions, epochs: number, epoch: number) => {
    const run = await wired({ options, epochs });
    const clock = clockAt([{ epochs, stepsPerEpoch: 2 }], 2 * epoch);
    const weights = new Map(
      run.composition.terms.map((term) => [term.id, effectiveWeight(run.composition, term, clock)]),
    );
    await run.dispose();
    const of = (id: string): number => weights.get(id) ?? Number.NaN;
    return of('base/ce') * ce + of('deit/kd') * kd + of('dearkd/hidden') * hidden;
  };
  t.true(near(await total({}, 30, 0), 1.40829617));
  t.true(near(await total({ beta: 0.2 }, 30, 24), 1.20829617));
  t.true(near(await total({}, 30, 27), 0.69980373));
  t.true(near(await total({}, 30, 29), 0.2413113));
});

/** A teacher that counts its forwards and what they go for. */
async function counted(): Promise<{ teacher: Model; forwards: { taps: number; logits: boolean }[] }> {
  const built = await CNN.build({ classes: 4, imageSize: [8, 8, 3] });
  built.taps();
  const forwards: { taps: number; logits: boolean }[] = [];
  const teacher: Model = {
    spec: built.spec,
    parameters: built.parameters,
    buffers: built.buffers,
    taps: () => built.taps(),
    dispose: () => built.dispose(),
    forward: (x, options) => {
      forwards.push({ taps: options.taps?.length ?? 0, logits: options.logits ?? true });
      return built.forward(x, options);
    },
  };
  return { teacher, forwards };
}

test('G19: one teacher forward a step while it is read, its stage in the first stage only, none once α is 1', async (t) => {
  const stepsPerEpoch = 2;
  for (const [options, first, annealing] of [
    [{ stage1: 3 }, 3, 2],
    [{ stage1: 3, stage2: 'ce-only' }, 3, 0],
    [{ stage1: 6 }, 6, 0],
  ] as const) {
    const { teacher, forwards } = await counted();
    const run = await wired({ teachers: [teacher], options });
    await run.fit();
    await run.dispose();
    const withStage = forwards.filter(({ taps }) => taps > 0).length;
    t.is(withStage, first * stepsPerEpoch, JSON.stringify(options));
    t.is(forwards.length, (first + annealing) * stepsPerEpoch, JSON.stringify(options));
  }
});

test('G19: the aligner learns in the first stage and stays as it is in the second', async (t) => {
  const run = await wired({ options: { stage1: 3 } });
  const store = run.composition.modules.get('dearkd/aligner')?.store;
  const values = () =>
    [...(store?.parameters.values() ?? [])].map(({ variable }) => [...variable.dataSync()]);
  const seen = [values()];
  run.events.on('event', (event) => event.type === 'epoch' && seen.push(values()));
  await run.fit();
  t.is(seen.length, 7);
  t.notDeepEqual(seen[2], seen[3]);
  t.deepEqual(seen[3], seen[6]);
  const names = [...run.composition.student.parameters.keys()];
  t.false(names.some((name) => name.includes('align')));
  await run.dispose();
});

test('each part can be left out', async (t) => {
  const bare = await explained({ options: { mhca: false, hidden: false } });
  t.deepEqual(
    bare.terms.map(({ id }) => id),
    ['base/ce', 'deit/kd'],
  );
  t.deepEqual(
    bare.adaptations.map(({ adaptation }) => adaptation),
    ['distillation-token'],
  );
  t.deepEqual(bare.modules, []);
  const two = await explained({
    options: {
      normalize: 'none',
      hidden: [
        { student: 'blocks.0', teacher: 'layer1' },
        { student: 'blocks.2', teacher: 'f2' },
      ],
    },
  });
  t.is(
    two.terms[1].formula,
    '1/2 · (MSE(align blocks.0, teacher.layer1) + MSE(align blocks.2, teacher.layer3))',
  );
  t.deepEqual(
    two.modules.map(({ id }) => id),
    ['dearkd/aligner', 'dearkd/aligner2'],
  );
  t.is((await explained({ options: { stage2: 'ce-only' } })).headRule, 'class');
});

test('with shake: α·CE + (1 − α)·inherit + (1 − α)/(1 − α₁)·λ·[forward + reverse] + β·hidden', async (t) => {
  const { terms, balance } = await explained({ beside: [shake({ lambda: 0.5 })] });
  t.is(balance.owner, 'dearkd');
  t.deepEqual(
    terms.map(({ summand }) => summand),
    [
      'α(e) · CE(z, ỹ)',
      'β(e) · MSE(align blocks.0, norm teacher.layer2)',
      '(1 − α(e)) · CE(z_d, argmax t)',
      '0.5 · (1 − α(e))/(1 − α₁) · τ²·KL(sg z_d ‖ z_c), τ=4',
      '0.5 · (1 − α(e))/(1 − α₁) · τ²·KL(sg z_c ‖ z_d), τ=4',
    ],
  );
  const later = await explained({ options: { stage2: 'ce-only' }, beside: [shake()] });
  t.is(later.headRule, 'class', 'both want the class head');
});

test('with tf-fd, which no balance touches; the user’s own deit wins', async (t) => {
  const { terms } = await explained({ beside: [tfFd(), deit({ type: 'soft' })] });
  t.deepEqual(
    terms.map(({ id }) => id),
    ['base/ce', 'dearkd/hidden', 'deit/kd', 'tf-fd/inter', 'tf-fd/intra'],
  );
  t.regex(terms[2].formula ?? '', /KL/);
});

test('K is a third of the blocks, rounded: those that attend by position, and the one of the pair', async (t) => {
  for (const [depth, K] of [
    [1, 1],
    [4, 1],
    [5, 2],
    [7, 2],
    [8, 3],
    [12, 4],
  ]) {
    const student = model(`vit_tiny_patch16_224?img=8&patch=4&dim=8&heads=1&depth=${depth}`);
    const run = await wired({ student });
    const convolutional = [...run.composition.student.parameters.keys()].filter((name) => /rpe/.test(name));
    t.deepEqual(
      convolutional,
      Array.from({ length: K }, (_, block) => `blocks.${block}.attn.rpe.weight`),
    );
    t.is(explainRun(run.composition).terms[1].formula, `MSE(align blocks.${K - 1}, norm teacher.layer2)`);
    await run.dispose();
    const plain = await explained({ student, options: { mhca: false } });
    t.is(plain.terms[1].formula, `MSE(align blocks.${K - 1}, norm teacher.layer2)`);
  }
});

test('the pair follows the blocks that attend by position, whoever asked for them', async (t) => {
  const formula = async (student: string, options: DearkdOptions) =>
    (await explained({ student: model(student), options })).terms[1].formula;
  const six = 'vit_tiny_patch16_224?img=8&patch=4&dim=8&heads=1&depth=6';
  for (const mode of ['additive', 'gated'] as const) {
    t.is(await formula(six, { mhca: { blocks: 5, mode } }), 'MSE(align blocks.4, norm teacher.layer2)');
  }
  t.is(await formula(`${six}&mhca=3`, { mhca: false }), 'MSE(align blocks.2, norm teacher.layer2)');
  t.is(await formula(six, { mhca: false }), 'MSE(align blocks.1, norm teacher.layer2)');
});

test('a stem of the wanted size is a stage where there is no other', async (t) => {
  const student = model('vit_tiny_patch16_224?img=8&patch=2&dim=8&heads=1&depth=3');
  for (const [teacher, stem] of [
    ['convnet?width=2', 'layer1'],
    ['cifar_vgg8', 'block0'],
  ]) {
    const { terms } = await explained({ student, teachers: [model(teacher)] });
    t.is(terms[1].formula, `MSE(align blocks.0, norm teacher.${stem})`);
  }
  const resnet = await explained({ student, teachers: [model('cifar_resnet8')] });
  t.is(resnet.terms[1].formula, 'MSE(align blocks.0, norm teacher.layer1)', 'its stem has as many rows');
});

test('the first stage is part of the run', async (t) => {
  const explanation = await explained({ options: { stage1: 3 } });
  t.deepEqual(
    explanation.modules.map(({ id, activeUntil }) => [id, activeUntil]),
    [
      ['dearkd/aligner', 3],
      ['dearkd/target', null],
    ],
  );
  t.deepEqual(explanation.learners.find(({ part }) => part === 'module.dearkd/aligner')?.epochs, [[0, 2]]);
  await t.throwsAsync(explained({ options: { stage1: 7 } }), { code: 'KDX_DEARKD_STAGE1' });
  for (const stage1 of ['-50%', '101%'] as const) {
    t.throws(() => dearkd({ stage1 }), {
      code: 'KDX_PLUGIN_OPTIONS',
      message: /stage1: a share of the run is from 0% to 100%, e\.g\. "stage1":"80%"/,
    });
  }
});

test('the log names what gives way of the user’s own deit', async (t) => {
  const logged = async (deitOptions: Parameters<typeof deit>[0], options?: DearkdOptions) => {
    const run = await wired({ options, beside: [deit(deitOptions)] });
    const lines: string[] = [];
    run.events.on('event', (event) => {
      if (event.type === 'log') lines.push(`${event.source}: ${event.message}`);
    });
    await run.fit();
    await run.dispose();
    return lines;
  };
  const balance = 'deit: its loss balance gives way to that of dearkd, which brings it';
  t.deepEqual(await logged({ alpha: 0.9 }), [balance]);
  t.deepEqual(await logged({ fusion: 'sum-softmax' }, { stage2: 'ce-only' }), [
    balance,
    'deit: its head rule gives way to that of dearkd, which brings it',
  ]);
  t.deepEqual(await logged(undefined), []);
});

test('a model, pair or option that does not fit is refused with a remedy', async (t) => {
  const refused = (wiring: Wiring) => wired(wiring).then((run) => run.dispose());
  await t.throwsAsync(refused({ student: CNN }), { code: 'KDX_ADAPT_UNSUPPORTED' });
  await t.throwsAsync(refused({ student: CNN, beside: [deit({ classical: true })] }), {
    code: 'KDX_ADAPT_UNSUPPORTED',
    message: /'dearkd:\{"mhca":false\}'/,
  });
  await t.throwsAsync(
    refused({ student: CNN, options: { mhca: false }, beside: [deit({ classical: true })] }),
    {
      code: 'KDX_DEARKD_STUDENT',
      message: /choose a ViT.*'dearkd:\{"hidden":false\}'/,
    },
  );
  await t.throwsAsync(refused({ teachers: [VIT] }), {
    code: 'KDX_DEARKD_PAIR',
    message: /no stages with maps; choose a CNN as its teacher.*'dearkd:\{"hidden":false\}'/,
  });
  await t.throwsAsync(refused({ teachers: [model('convnet?stages=1&img=8')] }), {
    code: 'KDX_DEARKD_PAIR',
    message:
      /no stage of 4 rows.*layer1 \(8×8\); .*'dearkd:\{"hidden":\[\{"student":"blocks\.0","teacher":"layer1"\}\]\}'/,
  });
  await t.throwsAsync(refused({ options: { hidden: [{ student: 'norm', teacher: 'fc' }] } }), {
    code: 'KDX_TAP_SHAPE',
    message: /Plugin "dearkd" asks for the feature "fc" of teacher .*\[B, 4\].* e\.g\. "layer2"/,
  });
  await t.throwsAsync(
    refused({ teachers: [VIT], options: { hidden: [{ student: 'norm', teacher: 'blocks.1' }] } }),
    {
      code: 'KDX_DEARKD_PAIR',
      message: /norm is \[B, \d+, 16\] and blocks\.1 \[B, \d+, 16\]; choose a CNN as its teacher/,
    },
  );
  await t.throwsAsync(refused({ options: { hidden: [{ student: 'blocks.9', teacher: 'layer1' }] } }), {
    code: 'KDX_TAP_UNKNOWN',
  });
  await t.throwsAsync(refused({ teachers: [] }), { code: 'KDX_TEACHER_MISSING' });
});
