import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { manifest, project } from '../../../run/dist/plugins/project.test.helper.js';
import { findCommands } from './find-commands.js';

const KDX = fileURLToPath(new URL('../../bin/kdx.js', import.meta.url));
const DOORS = { exports: { '.': './index.mjs', './commands': './commands.mjs' } };

/** A plugin's package that brings one command. */
const bringing = (name: string, command: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: manifest(name, DOORS),
  [`node_modules/${name}/index.mjs`]: 'throw new Error("loaded for its commands");',
  [`node_modules/${name}/commands.mjs`]: `
export const commands = [{
  name: '${command}',
  summary: 'Greets.',
  load: async () => ({
    description: 'Greets somebody.',
    flags: [
      { flags: '--times <n>', description: 'how often', takes: { number: 'whole', least: 1, most: 3 }, default: 1 },
      { flags: '--whom <name>', description: 'who is greeted', required: true },
    ],
    shared: ['json'],
    example: '\\nExample:\\n  kdx ${command} --whom Ada',
    run: async ({ times, whom, json }, host) => {
      for (let i = 0; i < times; i++) host.print(json ? JSON.stringify({ hello: whom }) : 'Hello, ' + whom);
      host.note('done');
    },
  }),
}];`,
});

const kdx = (cwd: string, ...args: string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    // With CI in the environment, picocolors colours pipes too.
    const env = { ...process.env, NO_COLOR: '1' };
    execFile(process.execPath, [KDX, ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

test('a command of an installed plugin is listed, helped and run', async (t) => {
  const folder = project(t, bringing('kdx-plugin-hello', 'hello'));
  t.regex((await kdx(folder, '--help')).stdout, /\n {2}hello {2,}Greets\./);
  const help = await kdx(folder, 'help', 'hello');
  t.regex(help.stdout, /--times <n> +how often \(default 1\)/);
  t.regex(help.stdout, /This command comes with the plugin hello\./);
  const twice = await kdx(folder, 'hello', '--whom', 'Ada', '--times', '2');
  t.deepEqual(twice, { code: 0, stdout: 'Hello, Ada\nHello, Ada\n', stderr: 'done\n' });
  t.is((await kdx(folder, 'hello', '--whom', 'Ada', '--json')).stdout, '{"hello":"Ada"}\n');
});

test('wrong flags of a plugin’s command are refused as those of kdx are', async (t) => {
  const folder = project(t, bringing('kdx-plugin-hello', 'hello'));
  const many = await kdx(folder, 'hello', '--whom', 'Ada', '--times', '9');
  t.is(many.code, 2);
  t.regex(many.stderr, /^KDX_CONFIG --times takes a whole number from 1 to 3 and got 9\./);
  const nobody = await kdx(folder, 'hello');
  t.is(nobody.code, 2);
  t.regex(nobody.stderr, /required option '--whom <name>' not specified/);
});

test('a name that is taken is left out with a warning, as are commands that cannot be loaded', async (t) => {
  const folder = project(t, {
    ...bringing('kdx-plugin-a', 'hello'),
    ...bringing('kdx-plugin-b', 'hello'),
    ...bringing('kdx-plugin-c', 'run'),
    ...bringing('kdx-plugin-d', 'other'),
    'node_modules/kdx-plugin-d/commands.mjs': 'export const commands = [{ name: "other" }];',
  });
  const { commands, warnings } = await findCommands(folder, ['run']);
  t.deepEqual(
    commands.map(({ name, plugin, builtIn }) => [name, plugin, builtIn]),
    [
      ['synth', 'df-dearkd', true],
      ['hello', 'a', false],
    ],
  );
  t.deepEqual(
    warnings.map(({ code, message }) => [code, /plugin "(\w)"/i.exec(message)?.[1]]),
    [
      ['KDX_COMMAND_TWICE', 'b'],
      ['KDX_COMMAND_TWICE', 'c'],
      ['KDX_COMMAND_LOAD', 'd'],
    ],
  );
});
