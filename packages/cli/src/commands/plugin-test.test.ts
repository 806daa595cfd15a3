import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { CORE, manifest, project } from '../../../run/dist/plugins/project.test.helper.js';

const KDX = fileURLToPath(new URL('../../bin/kdx.js', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const kdxTest = (cwd: string, ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    execFile(process.execPath, [KDX, 'plugin', 'test', ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr }),
    );
  });

/** A term on the logits; `cut` takes half of its gradient away, and `tap` is read beside them. */
const logits = `
import { definePlugin } from '${CORE}';
import { detach, klDivergence } from '${import.meta.resolve('@kdx/nn')}';
import * as tf from '${import.meta.resolve('@tensorflow/tfjs')}';
import { z } from '${import.meta.resolve('zod')}';
export default definePlugin({
  name: 'wave', version: '1.0.0', kdx: '^1.0.0', summary: 'a test', requires: ['teacher'],
  options: z.strictObject({
    cut: z.boolean().default(false).describe('a wrong gradient'),
    tap: z.string().optional().describe('a tap that must be there'),
  }),
  setup(ctx, { cut, tap }) {
    if (tap) ctx.tap('student', tap);
    ctx.addTerm({
      id: 'kl', group: 'distill', reads: ['student.logits', 'teacher.logits'],
      compute: ({ read }) => {
        const loss = klDivergence(read('student.logits'), read('teacher.logits'));
        return cut ? tf.mul(loss, tf.scalar(loss.dataSync()[0])) : loss;
      },
    });
  },
});`;

test('what holds, what has a reservation, and a case that is refused, with exit code 0', async (t) => {
  const folder = project(t, { 'wave.mjs': logits });
  const { code, stdout, stderr } = await kdxTest(folder, './wave.mjs', '--options', '{"tap":"blocks.1"}');
  t.is(stderr, '');
  t.is(code, 0);
  t.regex(stdout, /^wave 1\.0\.0 {2}.*wave\.mjs\n\ncheck +cnn +vit +what holds\n/);
  t.regex(stdout, /^gradient +– +✓ +gradients are those of finite differences$/m);
  t.regex(stdout, /^– cnn: .*"blocks\.1"/m);
  t.regex(stdout, /^! vit, minimum: nothing is stated for wave\/kl, so no minimum was looked for\.$/m);
  t.true(stdout.endsWith('13 checks hold, 1 of them with a reservation\n'), stdout);
});

test('a check that fails says so, and ends with exit code 3', async (t) => {
  const folder = project(t, { 'wave.mjs': logits });
  const given = ['./wave.mjs', '--student', 'cnn', '--options', '{"cut":true}', '--minimum', '{"wave/kl":0}'];
  const { code, stdout } = await kdxTest(folder, ...given, '--json');
  t.is(code, 3);
  const { checks, failing } = JSON.parse(stdout) as {
    failing: number;
    checks: { check: string; results: { case: string; outcome: string; error?: { code: string } }[] }[];
  };
  t.is(failing, 1);
  for (const { check, results } of checks) {
    t.is(results[0].outcome, check === 'gradient' ? 'fails' : 'holds', check);
    t.is(results[0].error?.code, check === 'gradient' ? 'KDX_CONFORMANCE_GRADIENT' : undefined);
  }
});

test('what fails in the first step is told once, and no check is made', async (t) => {
  const folder = project(t, { 'wave.mjs': logits.replace('return cut ?', 'return read("images") && cut ?') });
  const { code, stdout, stderr } = await kdxTest(folder, './wave.mjs');
  t.is(code, 3);
  t.is(stdout, '');
  t.regex(
    stderr,
    /^KDX_READ_UNDECLARED The plugin fails in its first steps on cnn, so nothing was checked: .*\n$/,
  );
});

test('a minimum of what has no shape in common is not looked for, and that is told', async (t) => {
  const hint = logits
    .replace('ctx.addTerm({', "const f = ctx.tap('student', 'f0');\n    ctx.addTerm({")
    .replace("reads: ['student.logits', 'teacher.logits']", "reads: [f, 'teacher.logits']")
    .replace("klDivergence(read('student.logits'), read('teacher.logits'))", 'tf.mean(tf.square(read(f)))');
  const given = ['./wave.mjs', '--student', 'cnn', '--minimum', '{"wave/kl":0}', '--json'];
  const { stdout } = await kdxTest(project(t, { 'wave.mjs': hint }), ...given);
  const { checks } = JSON.parse(stdout) as { checks: { check: string; results: { notes: string[] }[] }[] };
  const notes = checks.find(({ check }) => check === 'minimum')?.results.flatMap((each) => each.notes);
  t.regex(
    notes?.join() ?? '',
    /^wave\/kl reads no two tensors of one shape \(.*, so no minimum was looked for\.$/,
  );
});

test('a stage that a model has not is told with those that it has', async (t) => {
  const folder = project(t, { 'wave.mjs': logits });
  const { code, stderr } = await kdxTest(folder, './wave.mjs', '--options', '{"tap":"f9"}');
  t.is(code, 2);
  t.regex(stderr, /"f9" of student .*Its stages are f0 to f\d\./);
});

test('wrong usage ends with exit code 2 before any check', async (t) => {
  const unbuilt = manifest('kdx-plugin-wave', { exports: './dist/index.js', scripts: { build: 'tsc' } });
  const folder = project(t, { 'wave.mjs': logits, 'kdx-plugin-wave/package.json': unbuilt });
  for (const [args, message] of [
    [['./wave.mjs', '--options', '{"cut":1}'], /^KDX_PLUGIN_OPTIONS Plugin "wave" .*cut/],
    [['./wave.mjs', '--options', 'cut'], /^KDX_PLUGIN_OPTIONS --options takes a JSON object .* got cut\./],
    [
      ['./wave.mjs', '--minimum', '{"wave/kl":[0]}'],
      /^KDX_PLUGIN_OPTIONS --minimum takes a number or a sentence/,
    ],
    [
      ['./wave.mjs', '--options', '{"tap":"nowhere"}'],
      /^KDX_TAP_UNKNOWN The plugin does not run, so .*: on cnn, .* f0, f1, … on vit, .* f0, f1, … Give it/,
    ],
    [
      ['kdx-plugin-wave'],
      /^KDX_PLUGIN_LOAD The package in .*kdx-plugin-wave was not built yet, .*"npm run build" there\.$/m,
    ],
    [['wove'], /^KDX_PLUGIN_UNKNOWN No plugin is called "wove"/],
  ] as const) {
    const { code, stdout, stderr } = await kdxTest(folder, ...args);
    t.regex(stderr, message);
    t.is(stdout, '');
    t.is(code, 2);
  }
});
