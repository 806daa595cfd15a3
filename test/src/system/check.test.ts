import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { fixture, jsonLines, kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import { cifar100Directory, realDataTest, teacherWeights } from '../support/test-data.js';
import { DATA, STUDENT, TEACHER } from '../support/tiny-run.js';

const onBackend = backendTest(test);

interface Report {
  readonly ok: boolean;
  readonly lines: readonly { status: string; topic: string; text: string; code?: string }[];
  readonly teachers: readonly { split: string; scores: { images: number; top1: number } }[];
  readonly steps: readonly { epoch: number; reads: readonly { ref: string; shape: number[] }[] }[];
  readonly untrained: readonly string[];
  readonly estimate?: {
    readonly steps: number;
    readonly trainingSeconds: number;
    readonly memory: { readonly peakBytes: number };
    readonly disk: { readonly checkpointBytes: number; readonly teacherCacheBytes?: number };
  };
}

const check = (...args: string[]): string[] => [
  ...['check', '--student', STUDENT, '--data', DATA, '--epochs', '3', '--batch', '16', ...BACKEND_FLAGS],
  ...args,
];
const reportOf = (stdout: string): Report => {
  const [report, ...more] = jsonLines<Report>(stdout);
  if (more.length > 0) throw new Error(`more than one line of JSON:\n${stdout}`);
  return report;
};
const withCode = ({ lines }: Report, code: string): string[] =>
  lines.filter((line) => line.code === code).map(({ text }) => text);

onBackend('the teacher comes first, then classes, reads, terms, gradients and estimates', async (t) => {
  const cwd = temporaryFolder(t);
  const { stdout } = await kdxOk(check('--teacher', TEACHER, '--plugins', `deit,${fixture('hint.mjs')}`), {
    cwd,
  });
  const topics = [...stdout.matchAll(/^[✓!✗] (\S+)/gm)].map(([, topic]) => topic);
  t.deepEqual(
    [...new Set(topics)],
    [
      'teacher',
      'normalisation',
      'classes',
      'reads',
      'terms',
      'gradient',
      'trained',
      'step',
      'time',
      'memory',
      'disk',
    ],
  );
  t.regex(stdout, /^! teacher +KDX_TEACHER_WEAK .* on 24 validation images/m);
  t.regex(stdout, /teacher\.layer3 \[16, 8, 8, 32\]: mean/);
  t.regex(
    stdout.replace(/\s+/g, ' '),
    /hint\/feature is \S+ times \S+ norm of its gradient \S+ for module\.hint\/aligner/,
  );
  for (const line of stdout.split('\n')) t.true([...line].length <= 100, line);
  t.deepEqual(readdirSync(cwd), [], 'nothing is written');
});

onBackend('a run without a teacher is checked, and --json is one object', async (t) => {
  const cwd = temporaryFolder(t);
  const { stdout } = await kdxOk(check('--json'), { cwd });
  const report = reportOf(stdout);
  t.true(report.ok);
  t.deepEqual(report.teachers, []);
  t.deepEqual(report.untrained, []);
  t.is(report.estimate?.steps, 21);
  t.true((report.estimate?.trainingSeconds ?? 0) > 0);
  t.true((report.estimate?.memory.peakBytes ?? 0) > 1e6);
  t.deepEqual(
    report.steps[0].reads.map(({ ref, shape }) => [ref, shape]),
    [
      ['student.logits', [16, 12]],
      ['targets', [16, 12]],
    ],
  );
  t.false(existsSync(join(cwd, 'runs')));
});

onBackend('the estimate of the checkpoints is what a run writes', async (t) => {
  const cwd = temporaryFolder(t);
  const flags = ['--set', 'ema=0.9', '--epochs', '1'];
  const { estimate } = reportOf((await kdxOk(check('--json', ...flags), { cwd })).stdout);
  const out = join(cwd, 'run');
  const [, ...run] = check('--json', ...flags, '--out', out);
  await kdxOk(['run', ...run], { cwd });
  const written = ['last', 'best']
    .map((name) => statSync(join(out, 'checkpoints', `${name}.safetensors`)).size)
    .reduce((a, b) => a + b, 0);
  const estimated = estimate?.disk.checkpointBytes ?? 0;
  // The headers of the files are not counted, which are a good part of so small a model.
  t.true(estimated <= written && estimated > 0.5 * written, `${estimated} of ${written}`);
});

onBackend('with the teacher cache on, its size is told, and nothing of it is written', async (t) => {
  const cwd = temporaryFolder(t);
  const flags = ['--teacher', TEACHER, '--plugins', 'kd', '--set', 'teacherCache=true', '--json'];
  const cacheBytes = async (...more: string[]) =>
    reportOf((await kdxOk(check(...flags, ...more), { cwd })).stdout).estimate?.disk.teacherCacheBytes;
  t.is(await cacheBytes(), 104 * 12 * 4, 'images that are always the same are kept once');
  t.is(await cacheBytes('--set', 'mixup=0.8'), 3 * 104 * 12 * 4);
  t.deepEqual(readdirSync(cwd), []);
});

onBackend('a term that trains nobody is a warning and not the end', async (t) => {
  const { code, stdout } = await kdx(check('--plugins', fixture('no-gradient.mjs'), '--json'));
  t.is(code, 0);
  const [text, ...more] = withCode(reportOf(stdout), 'KDX_NO_GRADIENT');
  t.regex(text, /^no-gradient\/cut is .* declares that it trains student and gives no gradient there/);
  t.deepEqual(more, []);
});

onBackend('a loss that is not finite is an error, and the run is not estimated', async (t) => {
  const plugins = `${fixture('no-gradient.mjs')}:{"infinite":true}`;
  const { code, stdout } = await kdx(check('--plugins', plugins, '--json'));
  t.is(code, 3);
  const report = reportOf(stdout);
  t.false(report.ok);
  t.true(withCode(report, 'KDX_NON_FINITE').some((text) => text.startsWith('no-gradient/cut')));
  t.is(report.estimate, undefined);
  t.regex((await kdx(check('--plugins', plugins))).stdout, /^✗ terms +KDX_NON_FINITE/m);
});

onBackend('parameters that no term reaches are named', async (t) => {
  const student = STUDENT.replace('vit_tiny', 'deit_tiny_distilled');
  const { stdout } = await kdxOk([...check('--json'), '--student', student, '--head-rule', 'class']);
  const { untrained } = reportOf(stdout);
  t.deepEqual(untrained, ['student/head_dist.weight', 'student/head_dist.bias']);
});

onBackend('a teacher that no term reads is a warning of check, explain and run', async (t) => {
  const cwd = temporaryFolder(t);
  const unread =
    'Nothing learns from the teacher convnet?width=8: no term reads it; add a method that does, such as --plugins kd, or leave out its --teacher';
  const flags = ['--teacher', TEACHER, '--epochs', '1'];
  const report = reportOf((await kdxOk(check(...flags, '--json'), { cwd })).stdout);
  t.true(report.ok);
  t.deepEqual(withCode(report, 'KDX_TEACHER_UNREAD'), [unread]);
  t.regex(
    report.lines.find(({ text }) => /epoch/.test(text))?.text ?? '',
    /: 1 epoch of 7 steps takes .*, evaluation/,
  );
  const [, ...run] = check(...flags);
  const explained = (await kdxOk(['explain', ...run], { cwd })).stdout.replace(/\s+/g, ' ');
  t.true(explained.trimEnd().endsWith(`Warnings KDX_TEACHER_UNREAD ${unread}.`), explained);
  t.regex(explained, / 1 epoch of 7 steps, 16 images each /);
  const markdown = (await kdxOk(['explain', ...run, '--format', 'markdown'], { cwd })).stdout;
  t.true(markdown.includes(`\n> KDX_TEACHER_UNREAD: ${unread}.\n`));
  const ran = await kdxOk(['run', ...run, '--out', 'run'], { cwd });
  t.true(ran.stdout.includes(`KDX_TEACHER_UNREAD ${unread}.\n`));
});

test('what a run would refuse is refused with its code', async (t) => {
  const { code, stderr } = await kdx(check('--plugins', 'kd'));
  t.is(code, 2);
  t.regex(stderr, /^KDX_TEACHER_MISSING/);
});

realDataTest(test)('a teacher under the wrong normalisation is told the right one (CIFAR-100)', async (t) => {
  const weights = teacherWeights('cifar100_resnet56.safetensors');
  const data = `cifar100:${cifar100Directory()}?train=200&validation=96&test=96`;
  const line = async (options: string) => {
    const args = ['--student', 'cifar_resnet8', '--teacher', `cifar_resnet56${options}@${weights}`];
    const { stdout } = await kdxOk([
      ...['check', '--json', ...args, '--data', data, '--plugins', 'kd', '--batch', '16', '--epochs', '1'],
      ...BACKEND_FLAGS,
    ]);
    const report = reportOf(stdout);
    t.is(report.teachers[0].split, 'validation');
    return report.lines.find(({ topic }) => topic === 'normalisation');
  };
  const wrong = await line('?mean=0.5,0.5,0.5&std=0.5,0.5,0.5');
  t.is(wrong?.code, 'KDX_NORMALIZATION');
  t.regex(
    wrong?.text ?? '',
    /points better under CIFAR-100 .*--teacher "cifar_resnet56\?mean=0\.5071,0\.4867,0\.4408&std=0\.2675,0\.2565,0\.2761@/,
  );
  t.is((await line(''))?.status, 'ok');
});
