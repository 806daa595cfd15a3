import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { packaged, project, source } from '../../../run/dist/plugins/project.test.helper.js';

const KDX = fileURLToPath(new URL('../../bin/kdx.js', import.meta.url));

interface Ended {
  /** Null when it had to be stopped. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `kdx plugins` in a folder, as a process of its own that gets 30 s. */
const kdxPlugins = (cwd: string, ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    const given = [KDX, 'plugins', ...args];
    execFile(process.execPath, given, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error.code as number | undefined) ?? null) : 0, stdout, stderr }),
    );
  });

test('a plugin that leaves a timer running does not keep the process, and all is printed', async (t) => {
  const open = 'setInterval(() => {}, 1e6);';
  const summary = 'x'.repeat(300_000);
  const folder = project(t, {
    ...packaged('kdx-plugin-wave', `${open}${source('wave').replace('a test', summary)}`),
  });
  const { code, stdout } = await kdxPlugins(folder, '--json');
  t.is(code, 0);
  const [wave] = (JSON.parse(stdout) as { name: string; summary: string }[]).slice(-1);
  t.is(wave.summary, summary, 'more than a pipe holds');
});

test('a plugin that would end the process while it loads is named, and the others are listed', async (t) => {
  const folder = project(t, packaged('kdx-plugin-wave', 'process.exit(0);'));
  const { code, stdout, stderr } = await kdxPlugins(folder);
  t.is(code, 0);
  t.regex(stdout, /^kd +\d/m);
  t.regex(
    stderr,
    /^KDX_PLUGIN_LOAD Plugin "kdx-plugin-wave" \(.*index\.mjs\) cannot be loaded: it ended the process while it was loading; mend that file, or install another version of the plugin\. A run without "wave" is not affected\.$/m,
  );
});

test('options that are objects, or lists of them, are told with their own, within 96 columns', async (t) => {
  const { stdout } = await kdxPlugins(project(t, {}), 'dearkd');
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines.filter((line) => !line.startsWith('  from ')))
    t.true([...line].length <= 96, line);
  for (const line of [
    '  stage2       anneal | ce-only: after that the teacher fades until the last epoch, or is gone',
    '               at once (default "anneal")',
    '  mhca         boolean | { blocks, dropout, dropoutOn, mode }: convolutional attention in the',
    '    blocks       integer | auto: K, blocks from the first on; auto is a third of them (default',
    '    dropout      number: drop rate of the position term while training (default 0.1)',
    '    mode         additive | gated: positions are added to the scores, or mixed with the',
    '  hidden       false | auto | [{ student, teacher }, …]: pairs of a student block and a teacher',
    "    teacher      string: path of a teacher's stage",
  ]) {
    t.true(lines.includes(line), line);
  }
});

test('of other kinds of options it says what they take', async (t) => {
  const options = `z.strictObject({
    names: z.array(z.string()).optional(),
    place: z.tuple([z.number(), z.number()]).optional(),
    decay: z.object({ by: z.number(), at: z.object({ epoch: z.int() }) }).nullable().default(null).describe('falls'),
    pick: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('one') }), z.object({ kind: z.literal('two'), width: z.number().default(3) }),
    ]).optional(),
  })`;
  const wave = source('wave').replace('z.strictObject({ width: z.number().default(1) })', options);
  const { stdout } = await kdxPlugins(project(t, { 'wave.mjs': wave }), './wave.mjs');
  t.deepEqual(stdout.trimEnd().split('\n').slice(3), [
    '  names        [string, …]',
    '  place        array',
    '  decay        { by, at } | null: falls (default null)',
    '    by           number',
    '    at           { epoch }',
    '      epoch        integer',
    '  pick         { kind } | { kind, width }',
    '    kind         one',
    '    kind         two',
    '    width        number (default 3)',
  ]);
});

test('of plugins of one name it says how each is taken', async (t) => {
  const folder = project(t, packaged('kdx-plugin-kd', source('kd')));
  const { stdout } = await kdxPlugins(folder);
  t.regex(
    stdout,
    /^kd +0\.\S+ .*\n {2}options .*\n {2}as +--plugins @kdx\/plugin-kd\n(?:.*\n)*kd +1\.0\.0 .*\n.*\n {2}as +--plugins kd\n/m,
  );
  t.notRegex(stdout, /--plugins deit/, 'what has a name of its own is taken by it');
});
