import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { packaged, project, source } from '../plugins/project.test.helper.js';

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
    execFile(process.execPath, given, { cwd, env, timeout: 30_000 }, (error, stdout, stderr) =>
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

test('a plugin that ends the process while it loads is named', async (t) => {
  const folder = project(t, packaged('kdx-plugin-wave', 'process.exit(0);'));
  const { code, stderr } = await kdxPlugins(folder);
  t.is(code, 2);
  t.regex(
    stderr,
    /^KDX_PLUGIN_LOAD Plugin "kdx-plugin-wave" \(.*index\.mjs\) cannot be loaded: it ended the process while it was loading; mend that file, or install another version of the plugin\.$/m,
  );
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
