import test from 'ava';
import { kdx, kdxOk } from '../support/cli.js';
import { internal } from '../support/internal.js';

// What a person meets who types something for the first time, or types it wrong.

interface CommandLike {
  name(): string;
  readonly commands: readonly CommandLike[];
  readonly options: readonly { readonly long?: string }[];
  configureOutput(to: { readonly writeOut: (text: string) => void }): unknown;
  outputHelp(): void;
}

const { program } = await internal<{ program(): Promise<CommandLike> }>('packages/cli/dist/program.js');
const { EXIT_CODES } = await internal<{ EXIT_CODES: string }>('packages/cli/dist/terminal/fail.js');

const WIDTH = 80;
/** A screen; only these, which have the flags of a run or a synthesis, take more. */
const LINES = 24;
const MORE: Readonly<Record<string, number>> = {
  '': 33,
  run: 30,
  explain: 30,
  check: 30,
  config: 30,
  bench: 34,
  synth: 30,
};

function walk(command: CommandLike, path: readonly string[]): { path: string; command: CommandLike }[] {
  return [
    { path: path.join(' '), command },
    ...command.commands.flatMap((sub) => walk(sub, [...path, sub.name()])),
  ];
}
const words = (path: string): string[] => (path === '' ? [] : path.split(' '));

for (const { path, command } of walk(await program(), [])) {
  test(`kdx ${path} --help fits a screen, shows an example and names the exit codes`, (t) => {
    let stdout = '';
    command.configureOutput({ writeOut: (text) => (stdout += text) });
    command.outputHelp();
    const lines = stdout.trimEnd().split('\n');
    const most = MORE[path] ?? LINES;
    t.true(lines.length <= most, `${lines.length} lines; at most ${most}`);
    t.deepEqual(
      lines.filter((line) => line.length > WIDTH),
      [],
    );
    t.regex(stdout, new RegExp(`^Examples?:\\n {2}kdx ${path}`, 'm'));
    t.is(lines.at(-1), EXIT_CODES);
  });

  // A process of its own each, so only where the flags differ.
  if (['run', 'bench', 'synth', 'attention'].includes(path)) {
    test(`kdx ${path} --help-all shows every flag`, async (t) => {
      const { stdout } = await kdxOk([...words(path), '--help-all']);
      for (const { long } of command.options) t.regex(stdout, new RegExp(`^ +${long}\\b`, 'm'));
      t.deepEqual(
        stdout.split('\n').filter((line) => line.length > WIDTH),
        [],
      );
    });
  }
}

const WHOLE = ['--student', 'convnet', '--data', 'shapes'];
const wrong: readonly [what: string, args: readonly string[], says: RegExp][] = [
  ['command', ['rnu'], /unknown command 'rnu' \(Did you mean run\?\)/],
  ['command of a command', ['backend', 'biuld'], /unknown command 'biuld' \(Did you mean build\?\)/],
  ['command to help with', ['help', 'rnu'], /unknown command 'rnu'\. Did you mean "run"\?/],
  ['option', ['run', '--studnet', 'x'], /unknown option '--studnet' \(Did you mean --student\?\)/],
  ['seldom option', ['run', '--devcie', 'x'], /\(Did you mean --device\?\)\n\(kdx run --help shows/],
  ['choice', ['eval', '--split', 'tset'], /choices are test, validation, train\. Did you mean "test"\?/],
  ['back end', ['run', ...WHOLE, '--backend', 'wsam'], /Did you mean "wasm"\?/],
  ['value of an option', ['run', '--epochs'], /'--epochs <n>' argument missing\n\(kdx run --help shows/],
  ['number', ['run', ...WHOLE, '--epochs', 'ten'], /KDX_CONFIG --epochs takes a number and got "ten"/],
  ['argument', ['backend', 'build'], /missing required argument 'name'\n\(kdx backend build --help shows/],
  [
    'required flag, mistyped',
    ['eval', '--modle', 'x'],
    /unknown option '--modle' \(Did you mean --model\?\)/,
  ],
  [
    'command of a command that does something',
    ['data', 'fetsh', 'cifar100'],
    /unknown command 'fetsh'\. Did you mean "fetch"\?\n\(kdx data --help/,
  ],
  ['required option', ['eval'], /'--model <model\[@weights\]>' not specified\n\(kdx eval --help shows/],
  ['second argument', ['run', 'a', 'b'], /Expected 1 argument but got 2\.\n\(kdx run --help shows/],
  ['parts of a run', ['run'], /student is missing \(--student\); data is missing \(--data\)/],
  ['key', ['run', ...WHOLE, '--set', 'mixpu=1'], /Did you mean "mixup"\? "kdx run --help-all" lists/],
  ['optimiser', ['run', ...WHOLE, '--optimizer', 'adm'], /Did you mean "adam"\?/],
  ['head rule', ['run', ...WHOLE, '--head-rule', 'men'], /Did you mean "mean"\?/],
  ['model', ['models', 'cifar_resnt20'], /KDX_MODEL_UNKNOWN .*Did you mean "cifar_resnet20"\?/],
  [
    'data set',
    ['eval', '--model', 'convnet', '--data', 'shaps'],
    /KDX_DATA_FAMILY .*Did you mean "shapes"\?/,
  ],
  ['plugin', ['plugins', 'dert'], /KDX_PLUGIN_UNKNOWN .*Did you mean "deit"\?/],
  ['recipe', ['recipes', 'small-vt'], /KDX_RECIPE_UNKNOWN .*Did you mean "small-vit"\?/],
  ['back end to build', ['backend', 'build', 'toch'], /KDX_BACKEND_UNKNOWN .*Did you mean "torch"\?/],
];

for (const [what, args, says] of wrong) {
  test(`a wrong or missing ${what} is told with what was meant, or where to look`, async (t) => {
    const { code, stderr } = await kdx(args);
    t.is(code, 2);
    t.regex(stderr, says);
  });
}
