import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { example } from './attention/attention-result.test.helper.js';
import { findAttention, readAttention } from './attention-view.js';
import { temporaryFolder } from './runs.test.helper.js';

test('distances are found beside the runs, and each line that is of a run has it', (t) => {
  const root = temporaryFolder(t);
  const runs = ['plain/seed-0', 'kd/seed-0'].map((name) => join(root, name));
  for (const run of runs) mkdirSync(run, { recursive: true });
  const result = example();
  const [first, second] = result.arms;
  const arms = [
    { ...first, runs: first.runs.map((run) => ({ ...run, weights: '../x/kd/seed-0/student.safetensors' })) },
    { ...second, runs: second.runs.map((run) => ({ ...run, weights: 'seed-0/student.safetensors' })) },
  ];
  writeFileSync(join(root, 'attention.json'), JSON.stringify({ ...result, arms }));
  t.deepEqual(findAttention([root], runs), [join(root, 'attention.json')]);
  const tied = arms.map((arm) => ({
    ...arm,
    runs: arm.runs.map((run) => ({ ...run, weights: run.weights.replace('../x/', '') })),
  }));
  writeFileSync(join(root, 'attention.json'), JSON.stringify({ ...result, arms: tied }));
  const view = readAttention(join(root, 'attention.json'), runs);
  t.deepEqual(
    view.lines.map(({ run }) => run),
    [runs[1], undefined],
    'seed-0 alone could be either',
  );
  t.deepEqual(
    view.lines.map(({ mean }) => mean),
    result.arms.map(({ blocks }) => blocks.map(({ mean }) => mean)),
  );
  t.regex(view.caption, /^64 test images of cifar100; attention of patches to special tokens/);
});

test('a file that is something else is refused with the way to write it', (t) => {
  const file = join(temporaryFolder(t), 'a.json');
  writeFileSync(file, '{"arms": 3}');
  t.throws(() => readAttention(file, []), { code: 'KDX_CONFIG', message: /kdx attention … --json > / });
});

test('a number that is none, and heads that are not there, are refused by their place', (t) => {
  const file = join(temporaryFolder(t), 'a.json');
  const { arms, ...about } = example();
  const [first, ...others] = arms;
  const [block, ...blocks] = first.blocks;
  const refused = (arm: object, message: RegExp): void => {
    writeFileSync(file, JSON.stringify({ ...about, arms: [{ ...first, ...arm }, ...others] }));
    t.throws(() => readAttention(file, []), { code: 'KDX_CONFIG', message });
  };
  refused({ blocks: [{ ...block, mean: '3' }, ...blocks] }, /\(arms\.0\.blocks\.0\.mean is not a number\)/);
  refused({ blocks: [block] }, /\(arms\.0\.runs: as many rows of distances as blocks\)/);
  refused({ label: null }, /\(arms\.0\.label is not a string\)/);
});
