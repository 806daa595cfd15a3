import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { type Plugin, type Term } from '../index.js';
import { type Explanation, explainRun } from '../inspect.js';
import { TinyModel, tiny } from '../train/tiny-model.test.helper.js';
import { plugin, recorded, task, tinyData, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const term = (id: string, more: Partial<Term>): Term => ({
  id,
  group: 'hint',
  reads: ['student.layer1'],
  compute: () => tf.scalar(0),
  ...more,
});

test('a run explained: loss, weights over epochs, reads with shapes, who brought what', async (t) => {
  const inner = plugin('inner', {
    version: '2.1.0',
    setup: (ctx) => ctx.addTerm(term('old', { formula: 'x²' })),
  });
  const method = plugin('method', {
    brings: () => [inner],
    configure: (ctx) => ctx.adaptStudent('distillation-token', true),
    setup(ctx) {
      ctx.balance({ task: { at: ({ epoch }) => (epoch < 2 ? 0.5 : 1), text: '0.5 then 1' }, hint: 0.25 });
      ctx.headRule('mean');
      const map = ctx.addModule('map', {
        inputs: ['student.layer1', 'teacher.layer1:in'],
        activeUntil: '50%',
        build(scope) {
          const weight = scope.parameter('weight', [6, 2], () => new Float32Array(12));
          return ([x]) => tf.matMul(x, weight);
        },
      });
      ctx.addTerm(
        term('hint', {
          weight: { at: ({ epoch }) => (epoch === 3 ? 0 : 4), text: '4, last 0' },
          reads: [map, 'images', 'targets', 'teacher.logits', 'student.heads.distillation', 'student.layer2'],
          trains: ['module.method/map'],
        }),
      );
      ctx.addTerm(term('self', { group: 'aux', weight: 0.5 }));
      ctx.supersede('inner/old', 'method has its own');
    },
  });
  const run = await tinyRun({
    student: tiny({ adaptable: true }),
    teachers: [new TinyModel({ name: 'big' })],
    plugins: [method, task()],
    settings: { epochs: 4 },
  });
  const told = explainRun(run.composition);
  t.deepEqual(JSON.parse(JSON.stringify(told)), told, 'it is data');
  t.deepEqual(
    [told.student, told.teachers, told.data, told.headRule],
    ['tiny', ['big'], 'tiny-data', 'mean'],
  );
  t.deepEqual(told.plugins, [
    { name: 'inner', version: '2.1.0', broughtBy: ['method'], isTask: false },
    { name: 'method', version: '1.0.0', broughtBy: [], isTask: false },
    { name: 'task', version: '1.0.0', broughtBy: [], isTask: true },
  ]);
  t.deepEqual(told.adaptations, [{ adaptation: 'distillation-token', plugin: 'method' }]);
  t.deepEqual(told.balance, { owner: 'method', weights: { task: '0.5 then 1', hint: '0.25' } });
  t.deepEqual(
    told.terms.map(({ id, plugin: by, formula, weights }) => [id, by, formula, weights]),
    [
      ['inner/old', 'inner', 'x²', [[0, 0]]],
      [
        'method/hint',
        'method',
        'method/hint',
        [
          [0, 1],
          [3, 0],
        ],
      ],
      ['method/self', 'method', 'method/self', [[0, 0.5]]],
      [
        'task/ce',
        'task',
        'task/ce',
        [
          [0, 0.5],
          [2, 1],
        ],
      ],
    ],
  );
  t.deepEqual(told.terms[1].reads, [
    { ref: 'module.method/map', shape: [2] },
    { ref: 'images', shape: [4, 4, 1] },
    { ref: 'targets', shape: [3] },
    { ref: 'teacher.logits', shape: [3] },
    { ref: 'student.heads.distillation', shape: [3] },
    { ref: 'student.layer2', shape: [6] },
  ]);
  t.deepEqual(
    told.terms.map(({ trains }) => trains),
    [['student'], ['module.method/map'], ['student'], ['student']],
  );
  t.deepEqual(told.modules, [
    {
      id: 'method/map',
      plugin: 'method',
      parameters: 12,
      activeUntil: 2,
      inputs: [
        { ref: 'student.layer1', shape: [6] },
        { ref: 'teacher.layer1:in', shape: [16] },
      ],
      output: [2],
    },
  ]);
  t.deepEqual(
    told.learners.map(({ part, terms, epochs }) => [part, terms, epochs]),
    [
      ['student', ['method/self', 'task/ce'], [[0, 3]]],
      ['module.method/map', ['method/hint'], [[0, 1]]],
    ],
  );
  t.deepEqual(
    told.models.map(({ role, name, depth }) => [role, name, depth]),
    [
      ['student', 'tiny', [[0, 'logits']]],
      [
        'teacher',
        'big',
        [
          [0, 'logits'],
          [3, null],
        ],
      ],
    ],
  );
  t.regex(told.optimizer, /^sgd/);
  t.is(told.learningRate, '0.1');
  await run.dispose();
});

test('a run without methods is explained too', async (t) => {
  const run = await tinyRun();
  const { balance, terms, teachers, modules, warnings } = explainRun(run.composition);
  t.deepEqual(balance, { owner: null, weights: {} });
  t.deepEqual(
    terms.map(({ id, weights }) => [id, weights]),
    [['task/ce', [[0, 1]]]],
  );
  t.deepEqual([teachers, modules, warnings], [[], [], []]);
  await run.dispose();
});

/** What is said of a run with two teachers, `big` and `wide`. */
async function warnedOf(t: ExecutionContext, ...plugins: Plugin[]): Promise<Explanation['warnings']> {
  const run = await tinyRun({
    teachers: [new TinyModel({ name: 'big' }), new TinyModel({ name: 'wide' })],
    plugins: [task(), ...plugins],
  });
  const { warnings } = explainRun(run.composition);
  const events = recorded(run);
  await run.fit();
  await run.dispose();
  t.deepEqual(
    events.flatMap((event) => (event.type === 'warning' && /UNREAD/.test(event.code) ? [event] : [])),
    warnings.map((warning) => ({ type: 'warning' as const, step: 0, ...warning })),
    'a run says it at its start',
  );
  t.true(warnings.every(({ code }) => code === 'KDX_TEACHER_UNREAD'));
  return warnings;
}

const reading = (...terms: Partial<Term>[]): Plugin =>
  plugin('reading', {
    setup(ctx) {
      for (const [k, more] of terms.entries()) ctx.addTerm(term(`term${k}`, more));
    },
  });

test('teachers that nothing learns from are told, with what mends it', async (t) => {
  const warnings = await warnedOf(t);
  t.deepEqual(
    warnings.map(({ message }) => message),
    ['teacher big', 'teacher2 wide'].map(
      (which) =>
        `Nothing learns from the ${which}: no term reads it; add a method that does, such as --plugins kd, or leave out its --teacher.`,
    ),
  );
});

test('a teacher is read by any term that is on in any epoch, through a helper too, or by its parameters', async (t) => {
  const late = { at: ({ epoch }: { epoch: number }) => epoch, text: 'e' };
  const helped = plugin('helped', {
    setup(ctx) {
      const map = ctx.addModule('map', {
        inputs: ['teacher2.layer1'],
        build:
          () =>
          ([x]) =>
            tf.mul(x, 1),
      });
      ctx.addTerm(term('map', { reads: ['student.layer1', map] }));
    },
  });
  t.deepEqual(await warnedOf(t, helped, reading({ reads: ['teacher.logits'], weight: late })), []);
  const copying = plugin('copying', {
    setup(ctx) {
      for (const [k, model] of ctx.teachers.entries())
        ctx.param(k === 0 ? 'teacher' : 'teacher2', [...model.parameters.keys()][0]);
    },
  });
  t.deepEqual(await warnedOf(t, copying), []);
});

test('a term that is off in every epoch reads nothing', async (t) => {
  const off = { reads: ['student.logits', 'teacher2.logits'], weight: 0 };
  const [{ message }, ...more] = await warnedOf(t, reading({ reads: ['teacher.logits'] }, off, off));
  t.deepEqual(more, []);
  t.regex(
    message,
    /teacher2 wide: reading\/term1 and reading\/term2 would read it and are off in every epoch;/,
  );
});

test('weights are without the rounding of their arithmetic', async (t) => {
  const run = await tinyRun({ plugins: [task(), reading({ weight: 1 - 0.9 })] });
  t.deepEqual(explainRun(run.composition).terms[0].weights, [[0, 0.1]]);
  await run.dispose();
});

test('repeated augmentation is told with the different images that an epoch shows', async (t) => {
  for (const [settings, images] of [
    [{ repeats: 3 }, 4],
    [{ repeats: 3, dropLast: true }, 3],
    [{ repeats: 2 }, 5],
  ] as const) {
    const seen = new Set<number>();
    const onRead = (split: string, index: number) => split === 'train' && seen.add(index);
    const run = await tinyRun({
      data: tinyData({ train: 10, onRead }),
      settings: { epochs: 1, ...settings },
    });
    t.deepEqual(explainRun(run.composition).training.augment, [
      `each drawn image ${settings.repeats} times in a row (${images} different ones in an epoch)`,
    ]);
    await run.fit();
    t.is(seen.size, images);
    await run.dispose();
  }
});
