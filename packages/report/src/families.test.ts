import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { armFolder } from '@kdx/run/parts';
import test from 'ava';
import { sharedName } from './families.js';
import type * as Statistics from './page/statistics.js';
import { pageModule } from './page-module.test.helper.js';
import { Report } from './report.js';
import { CONFIG, SUMMARY, temporaryFolder, writeRun } from './runs.test.helper.js';
import { pairedDifference } from './statistics/statistics.js';

const { differenceOf, meanCurve } = pageModule<typeof Statistics>('statistics');

const configOf = (seed: number, change: object = {}) => ({
  ...CONFIG,
  config: { ...CONFIG.config, seed, ...change },
});

/** Families by name, with the last two folders of each run. */
async function families(...directories: string[]) {
  const report = new Report(directories);
  await report.refresh();
  const data = report.data();
  return {
    data,
    named: data.families.map(({ name, runs }) => [
      name,
      ...runs.map((run) => run.split('/').slice(-2).join('/')),
    ]),
  };
}

test("a comparison's runs are together by arm, in its order, the first or the chosen arm as baseline", async (t) => {
  const out = join(temporaryFolder(t), 'cmp');
  const arms = ['zeta, plain', 'KD / hot', 'aa'];
  for (const [k, arm] of arms.entries())
    for (const seed of [0, 10, 9])
      writeRun(join(out, 'runs', armFolder(arm), `seed-${seed}`), {
        config: configOf(seed, { lr: k, threads: 1 + (seed % 2) }),
        summary: SUMMARY,
      });
  const write = (bench: object): void => writeFileSync(join(out, 'bench.json'), JSON.stringify(bench));
  write({ arms: arms.map((name) => ({ name })) });
  const { data, named } = await families(out);
  t.deepEqual(named, [
    ['zeta, plain', 'zeta%2C%20plain/seed-0', 'zeta%2C%20plain/seed-9', 'zeta%2C%20plain/seed-10'],
    ['KD / hot', 'KD%20%2F%20hot/seed-0', 'KD%20%2F%20hot/seed-9', 'KD%20%2F%20hot/seed-10'],
    ['aa', 'aa/seed-0', 'aa/seed-9', 'aa/seed-10'],
  ]);
  t.is(data.baseline, data.families[0].id);
  t.deepEqual(
    data.runs.slice(0, 4).map(({ name }) => name),
    ['zeta, plain/seed-0', 'zeta, plain/seed-9', 'zeta, plain/seed-10', 'KD / hot/seed-0'],
  );
  // t(0.975, 1) and t(0.975, 2) from the table.
  t.deepEqual(
    data.t975.map((value) => value.toFixed(4)),
    ['12.7062', '4.3027'],
  );

  const teacher = {
    name: 'r56',
    parameters: 7,
    split: 'test',
    scores: { images: 10, top1: 70, top5: 90, loss: 1 },
  };
  write({ arms: [{ name: 'aa' }, { name: 'KD / hot' }], baseline: 'KD / hot', teachers: [teacher] });
  const second = await families(out);
  t.deepEqual(
    second.named.map(([name]) => name),
    ['aa', 'KD / hot', 'zeta%2C%20plain'],
    'an arm that the file no longer has is put together by its config',
  );
  t.is(second.data.baseline, second.data.families[1].id);
  t.deepEqual(second.data.teachers, [
    { name: 'r56', parameters: 7, split: 'test', images: 10, values: { top1: 70, top5: 90, loss: 1 } },
  ]);

  writeFileSync(join(out, 'bench.json'), '{"arms": 5');
  t.is((await families(out)).data.families.length, 3, 'a damaged file takes no run with it');
});

test('two comparisons on a page are told apart', async (t) => {
  const root = temporaryFolder(t);
  for (const out of ['first', 'second']) {
    for (const seed of [0, 1])
      writeRun(join(root, out, 'runs/plain', `seed-${seed}`), { config: configOf(seed), summary: SUMMARY });
    writeFileSync(join(root, out, 'bench.json'), JSON.stringify({ arms: [{ name: 'plain' }] }));
  }
  t.deepEqual(
    (await families(root)).named.map(([name, ...runs]) => [name, runs.length]),
    [
      ['first: plain', 2],
      ['second: plain', 2],
    ],
  );
});

test('without a comparison runs that differ only in their seed are together, and no two of one seed', async (t) => {
  const root = temporaryFolder(t);
  writeRun(join(root, 'kd-seed0'), { config: configOf(0), summary: SUMMARY });
  writeRun(join(root, 'kd-seed1'), { config: configOf(1, { teacherCache: true }), summary: SUMMARY });
  writeRun(join(root, 'kd-seed1-again'), { config: configOf(1), summary: SUMMARY });
  writeRun(join(root, 'other'), { config: configOf(2, { lr: 1 }), summary: SUMMARY });
  const weights = { ...configOf(3), pinned: { ...CONFIG.pinned, teachers: ['cifar_resnet56 sha256:2'] } };
  writeRun(join(root, 'teacher-of-same-name'), { config: weights, summary: SUMMARY });
  writeRun(join(root, 'torn'), { config: '{"kdx":', summary: SUMMARY });
  mkdirSync(join(root, 'torn2'));
  writeRun(join(root, 'torn2'), { config: '{"kdx":', summary: SUMMARY });
  const base = root.split('/').at(-1);
  const { named, data } = await families(root);
  t.deepEqual(named, [
    ['kd', `${base}/kd-seed0`, `${base}/kd-seed1`],
    ['kd-seed1-again', `${base}/kd-seed1-again`],
    ['other', `${base}/other`],
    ['teacher-of-same-name', `${base}/teacher-of-same-name`],
    ['torn', `${base}/torn`],
    ['torn2', `${base}/torn2`],
  ]);
  t.is(data.families[2].id, data.runs[3].id, 'a run alone is itself');
  t.is(data.baseline, undefined);
});

test('what names have in common', (t) => {
  t.is(sharedName(['kd-0', 'kd-1']), 'kd');
  t.is(sharedName(['seed0/kd', 'seed1/kd']), 'kd');
  t.is(sharedName(['20261130-101500-resnet20-kd', '20261130-114200-resnet20-kd']), '20261130-resnet20-kd');
  t.is(sharedName(['a', 'b']), 'a');
});

test("the page's difference is that of kdx bench", (t) => {
  const pairs = [
    [45.2, 41],
    [44.1, 42.5],
    [46, 40.7],
  ] as const;
  const { mean, interval, n } = pairedDifference(pairs);
  const found = differenceOf(
    pairs.map(([a, b]) => a - b),
    [12.7062047362, 4.30265272975],
  );
  t.is(found?.n, n);
  t.true(Math.abs((found?.mean ?? 0) - mean) < 1e-9);
  t.true(Math.abs((found?.interval?.[0] ?? 0) - (interval?.[0] ?? 1)) < 1e-6);
  t.deepEqual(differenceOf([2], [12.7]), { mean: 2, interval: undefined, n: 1 });
  t.is(differenceOf([], [12.7]), undefined);
});

test('a mean of curves is where all of them are, and reads between points', (t) => {
  const { x, mean, least, most, std } = meanCurve([
    { x: [0, 1, 2, 3], y: [0, 1, 2, 3] },
    { x: [1, 3], y: [3, 7] },
    { x: [], y: [] },
  ]);
  t.deepEqual(x, [1, 2, 3]);
  // The second is 3, 5, 7 there.
  t.deepEqual(mean, [2, 3.5, 5]);
  t.deepEqual(least, [1, 2, 3]);
  t.deepEqual(most, [3, 5, 7]);
  t.true(Math.abs(std[1] - 3 / Math.SQRT2) < 1e-12);
  t.deepEqual(meanCurve([]).x, []);
});
