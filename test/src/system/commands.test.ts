import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import { DATA, STUDENT, TEACHER } from '../support/tiny-run.js';

/** For what loads a back end. */
const onBackend = backendTest(test);

test('kdx alone shows its help and ends as wrong usage', async (t) => {
  const { code, stdout, stderr } = await kdx([]);
  t.is(code, 2);
  t.regex(stdout + stderr, /Usage: kdx/);
});

const listings: readonly [args: string[], human: RegExp, json: (value: never) => unknown][] = [
  [['models'], /cifar_resnet20/, (all: { name: string }[]) => all.some(({ name }) => name === 'convnet')],
  [
    ['models', TEACHER],
    /f2 +│ layer3 +│ \[B, 8, 8, 32\].*--taps/s,
    ({ taps }: { taps: { path: string }[] }) => taps.some(({ path }) => path === 'layer3'),
  ],
  [['plugins'], /deit .*kd /s, (all: { name: string }[]) => all.some(({ name }) => name === 'deit')],
  [
    ['plugins', 'deit'],
    /alpha +number: weight of the teacher/,
    ([{ options }]: { options: { properties: object } }[]) => 'alpha' in options.properties,
  ],
  [
    ['plugins', 'df-dearkd'],
    /pool +string: folder of images that kdx synth made/,
    ([{ options }]: { options: { properties: object } }[]) => 'dearkd' in options.properties,
  ],
  [
    ['plugins', fixture('hint.mjs')],
    /requires +teacher/,
    ([{ name }]: { name: string }[]) => name === 'hint',
  ],
  [
    ['data'],
    /cifar100:DIR.*\n +train=….*\n +validation=….*shapes .*label-noise=…/s,
    (all: unknown[]) => all.length >= 3,
  ],
  [['doctor'], /✓ wasm/, ({ auto }: { auto: string }) => typeof auto === 'string'],
  [
    [
      'explain',
      '--student',
      STUDENT,
      '--teacher',
      TEACHER,
      '--data',
      DATA,
      '--plugins',
      `deit,${fixture('hint.mjs')}`,
      ...BACKEND_FLAGS,
    ],
    /L = 0\.5 · CE.*classification\/ce.*hint\/aligner/s,
    ({ terms }: { terms: unknown[] }) => terms.length === 3,
  ],
];

for (const [args, human, json] of listings) {
  test(`kdx ${args.slice(0, 2).join(' ').replace(/\S*\//, '')} speaks to people and, with --json, to programs`, async (t) => {
    t.regex((await kdxOk(args)).stdout, human);
    const { stdout } = await kdxOk([...args, '--json']);
    t.is(stdout.trim().split('\n').length, 1);
    t.true(json(JSON.parse(stdout) as never));
  });
}

onBackend('flags override a config file, --set overrides flags, and --teacher repeats', async (t) => {
  const folder = temporaryFolder(t);
  const yaml = join(folder, 'kdx.config.yaml');
  writeFileSync(
    yaml,
    `student: ${STUDENT}\ndata: ${DATA}\nlr: 0.5\noptimizer: { name: sgd, momentum: 0.3 }\nschedule: constant\n`,
  );
  const explain = async (
    ...args: string[]
  ): Promise<{ optimizer: string; learningRate: string; teachers: string[] }> =>
    JSON.parse((await kdxOk(['explain', yaml, '--json', ...BACKEND_FLAGS, ...args])).stdout);
  t.like(await explain(), { learningRate: '0.5', teachers: [] });
  const flagged = await explain(
    '--lr',
    '0.25',
    '--optimizer',
    'sgd',
    '--teacher',
    TEACHER,
    '--teacher',
    'convnet?width=4',
  );
  t.is(flagged.learningRate, '0.25');
  t.regex(flagged.optimizer, /^sgd\(.*0\.3/);
  t.is(flagged.teachers.length, 2);
  t.is((await explain('--lr', '0.25', '--set', 'lr=0.125')).learningRate, '0.125');
  t.regex(
    (await explain('--optimizer', 'adamw', '--set', 'optimizer.weightDecay=0.7')).optimizer,
    /adamw.*0\.7/,
  );
});

onBackend('run and explain read the kdx.config.* of the folder they stand in, and say so', async (t) => {
  const cwd = temporaryFolder(t);
  const config = join(cwd, 'kdx.config.json');
  writeFileSync(config, JSON.stringify({ student: STUDENT, data: DATA }));
  const { stdout, stderr } = await kdxOk(['explain', '--json', ...BACKEND_FLAGS], { cwd });
  t.is((JSON.parse(stdout) as { teachers: string[] }).teachers.length, 0);
  t.regex(stderr, /^config +\S*kdx\.config\.json$/m);
  const other = join(cwd, 'other.json');
  writeFileSync(other, JSON.stringify({ student: STUDENT, teacher: TEACHER, data: DATA }));
  const named = await kdxOk(['explain', other, '--json', ...BACKEND_FLAGS], { cwd });
  t.is((JSON.parse(named.stdout) as { teachers: string[] }).teachers.length, 1);
  t.notRegex(named.stderr, /kdx\.config/);
});

onBackend('eval refuses what is no number of images, and a split that is not there', async (t) => {
  const evaluate = (...args: string[]) =>
    kdx(['eval', '--model', TEACHER, '--data', DATA, ...BACKEND_FLAGS, ...args]);
  const limit = await evaluate('--limit', 'few');
  t.is(limit.code, 2);
  t.is(limit.stderr, 'KDX_CONFIG --limit takes a number and got "few".\n');
  t.regex(
    (await evaluate('--batch', '0')).stderr,
    /^KDX_CONFIG --batch takes a whole number of at least 1 and got 0\./,
  );
  const split = await kdx([
    'eval',
    '--model',
    TEACHER,
    '--data',
    'shapes?train=24&validation=0',
    '--split',
    'validation',
    ...BACKEND_FLAGS,
  ]);
  t.is(split.code, 2);
  t.regex(split.stderr, /^KDX_DATA_SPLIT .* has no validation split/);
});

test('kdx config says what a run would take and where it is from, and its output is a config', async (t) => {
  const cwd = temporaryFolder(t);
  const { stdout } = await kdxOk(
    ['config', '--recipe', 'small-cnn', '--data', 'shapes', '--lr', '0.2', '--set', 'optimizer.momentum=0.5'],
    { cwd },
  );
  for (const line of [
    'student: cifar_resnet20 # recipe small-cnn',
    'data: shapes?train=10000&validation=1000 # --data, options of recipe small-cnn',
    'lr: 0.2 # --lr',
    '  momentum: 0.5 # --set optimizer.momentum',
    '  milestones: [19, 23, 26] # recipe small-cnn',
    'seed: 0 # default',
  ])
    t.true(stdout.split('\n').includes(line), line);
  writeFileSync(join(cwd, 'kdx.config.yaml'), stdout);
  const again = await kdxOk(['config', '--json'], { cwd });
  t.like(JSON.parse(again.stdout) as object, {
    lr: 0.2,
    optimizer: { name: 'sgd', momentum: 0.5 },
    epochs: 30,
  });
  t.is(
    (JSON.parse((await kdxOk(['config', '--schema'])).stdout) as { title: string }).title,
    'Config of kdx',
  );
});

test('kdx recipes lists them, and every value of one with its source', async (t) => {
  t.regex((await kdxOk(['recipes'])).stdout, /^small-vit +small protocol, ViT column/m);
  const { stdout } = await kdxOk(['recipes', 'small-cnn']);
  t.regex(stdout, /│ lr +│ 0\.05 +│ crd +│/);
  t.regex(stdout, /^crd: Tian et al\./m);
  const { code, stderr } = await kdx(['run', '--recipe', 'small-cn', '--data', 'shapes']);
  t.is(code, 2);
  t.regex(stderr, /KDX_RECIPE_UNKNOWN .*Did you mean "small-cnn"\?/);
});
