import { taskLabels } from '@kdx/report';
import test from 'ava';
import type { PlannedRun } from '../bench/plan.js';
import type { BenchRun } from '../bench/read-run.js';
import { benchResult } from '../bench/result.js';
import type { BenchTeacher } from '../bench/teachers.js';
import { benchMarkdown, benchTable } from './bench-table.js';

const ARMS = ['plain', 'kd', 'a | `b` *c*'];
const TOP1: Record<string, readonly number[]> = { plain: [40, 42], kd: [45, 46], 'a | `b` *c*': [44, 48] };

/** Two seeds of three arms whose scores are written above. */
function made(classes: number, baseline?: string, validation?: BenchRun['validation']) {
  const backend = { name: 'wasm', build: 'b', threads: 1, device: 'cpu', precision: 'float32' };
  const plan = [0, 1].flatMap((seed) =>
    ARMS.map(
      (arm) =>
        ({
          arm,
          seed,
          classes,
          directory: `b/runs/${arm}/seed-${seed}`,
          config: { student: 's', data: 'd', epochs: 3, seed },
          pinned: { backend, teachers: [], data: 'd' },
        }) as unknown as PlannedRun,
    ),
  );
  const runs = plan.map(({ arm, seed, pinned }) => {
    const scores = { images: 100, top1: TOP1[arm][seed], top5: TOP1[arm][seed] + 30, loss: 1, ece: 0 };
    return {
      arm,
      seed,
      directory: '',
      seconds: 3,
      epochSeconds: 1,
      parameters: 12_345,
      task: taskLabels(undefined),
      test: { last: { class: scores, fused: scores } },
      validation,
      pinned,
    } as unknown as BenchRun;
  });
  const teacher: BenchTeacher = {
    name: 'cifar_resnet56',
    weights: 'cifar_resnet56 sha256:1',
    arms: ['kd'],
    parameters: 861_620,
    split: 'test',
    classes,
    scores: { images: 10_000, top1: 72.63, top5: 91.2, loss: 1, ece: 0 },
  };
  return benchResult(plan, runs, { teachers: [teacher], baseline });
}

test('the table has the teacher, parameters, top-5, differences to the baseline, and the other pairs', (t) => {
  const text = benchTable(made(100));
  t.regex(text, /│ teacher cifar_resnet56 +│ 861,620 +│ 72\.63 +│ +│ +│ 91\.20 +│/);
  // Differences 5 and 4: mean 4.5, t(0.975, 1) = 12.7062, std/√2 = 0.5.
  t.regex(
    text,
    /│ kd +│ 12,345 +│ 45\.50 ± 0\.71 +│ \+4\.50 \[−1\.85, \+10\.85\] n\.s\. +│ – +│ 75\.50 ± 0\.71 +│/,
  );
  t.regex(text, /Teacher cifar_resnet56: on all 10,000 test images\./);
  // Differences −1 and 2 of the two arms that are not the baseline.
  t.regex(text, /│ a \| `b` \*c\* │ kd +│ \+0\.50 \[−18\.56, \+19\.56\] n\.s\. │/);
  t.is(text.match(/│ kd +│ plain/g), null, 'what stands in the first table is not in the second');
});

test('another baseline turns the differences round', (t) => {
  const result = made(100, 'kd');
  t.is(result.baseline, 'kd');
  t.deepEqual(
    result.arms.map(({ difference }) => difference?.last.mean),
    [-4.5, undefined, 0.5],
  );
  t.deepEqual(
    result.pairs.map(({ arm, against }) => `${arm} − ${against}`),
    ['kd − plain', 'a | `b` *c* − plain', 'a | `b` *c* − kd'],
  );
});

test('a narrow terminal leaves parameters and top-5 to the files; five classes have no top-5 anywhere', (t) => {
  const narrow = benchTable(made(100), 110).split('\n');
  t.notRegex(narrow[1], /parameters|top-5/);
  t.true(narrow[0].length <= 110, String(narrow[0].length));
  t.notRegex(benchTable(made(5)), /top-5/);
  t.notRegex(benchMarkdown(made(5)), /top-5/);
  t.deepEqual(
    made(5).arms.map(({ scores }) => Object.keys(scores ?? {})),
    [['top1'], ['top1'], ['top1']],
  );
});

test('in Markdown every name is text, and all pairs are there', (t) => {
  const text = benchMarkdown(made(100));
  t.regex(text, /^\| arm \| parameters \| last epoch \| difference \| best validation epoch \| top-5 \|/);
  t.true(text.includes('| a \\| \\`b\\` \\*c\\* | 12,345 |'), text);
  for (const [arm, against] of [
    ['kd', 'plain'],
    ['a \\| \\`b\\` \\*c\\*', 'plain'],
    ['a \\| \\`b\\` \\*c\\*', 'kd'],
  ])
    t.true(text.includes(`| ${arm} | ${against} | `), `${arm} ${against}`);
});

test('a comparison that has only begun has a table too', (t) => {
  const whole = made(100);
  const plan = whole.arms.map(
    ({ name, config }) => ({ arm: name, seed: 0, classes: 100, config, pinned: {} }) as unknown as PlannedRun,
  );
  const result = benchResult(plan, [], { teachers: [] });
  t.false(result.complete);
  t.regex(benchMarkdown(result), /^\| plain \| – \| – \| {2}\| – \| – \| 0\/1 \|/m);
});

test('where weights are averaged, their validation score stands beside the student’s', (t) => {
  const heads = (top1: number) => ({ fused: { images: 50, top1, top5: 90, loss: 1, ece: 0 } });
  const text = benchTable(
    made(100, undefined, { last: heads(61), best: heads(62), bestEpoch: 2, ema: heads(63.5) }),
  );
  t.regex(text, /│ validation +│/);
  t.regex(text, /│ 61\.00 ± 0\.00 +│/);
  t.regex(text, /│ EMA 63\.50 ± 0\.00 +│/);
  t.notRegex(
    benchTable(made(100, undefined, { last: heads(61), best: heads(62), bestEpoch: 2 })),
    /│ validation +│/,
  );
});
