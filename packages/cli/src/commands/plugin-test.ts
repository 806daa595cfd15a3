import { relative } from 'node:path';
import type { Plugin } from '@kdx/core';
import { counted } from '@kdx/core/text';
import { loadFactory, loadPlugins, parsePluginList, selectBackend } from '@kdx/run/parts';
import { type KitModel, type Minima, subjectsOf } from '@kdx/testing';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { minimaFor, objectFor, STUDENTS } from '../plugin-test/case-options.js';
import { explained, tableHead, tableRow } from '../plugin-test/check-table.js';
import { testedPlugin } from '../plugin-test/find-tested.js';
import {
  type CheckResult,
  type CheckRow,
  caseOf,
  type Outcome,
  refusals,
  refuseFaulty,
  runChecks,
} from '../plugin-test/run-checks.js';
import { scaffoldReadme } from '../plugin-test/scaffold-readme.js';
import { console, setExitCode } from '../process/own-process.js';
import { EXIT } from '../terminal/fail.js';

interface TestFlags {
  readonly options?: Record<string, unknown>;
  readonly student?: KitModel;
  readonly minimum?: Minima;
  readonly beside?: string;
  readonly json?: boolean;
}

export const pluginTestCommand = (): Command =>
  new Command('test')
    .description('Proves a plugin correct on tiny models, without a test file or data.')
    .argument('[plugin]', 'its folder or name, as --plugins takes it', '.')
    .option('--options <json>', 'options of the plugin', objectFor('--options'))
    .addOption(new Option('--student <model>', 'on one of the two only').choices(STUDENTS))
    .option('--minimum <json>', 'by term: its value at equality, or why none', minimaFor)
    .option('--beside <list>', 'plugins that it needs or must get along with')
    .option('--json', 'machine-readable output')
    .addHelpText(
      'after',
      `
These are the checks of conformance() in @kdx/testing, where more can be stated.
A package must be built. Exit code 3: a check fails.

Example:
  kdx plugin test . --options '{"weight":1}' --minimum '{"my-hint/mse":0}'`,
    )
    .action(test);

async function test(given: string, { student, json, ...flags }: TestFlags): Promise<void> {
  const project = process.cwd();
  const { factory, file } = await loadFactory(testedPlugin(given, project), project);
  const { name, version } = factory.definition;
  const subjects = subjectsOf({
    plugin: factory,
    cases: (student ? [student] : STUDENTS).map((each) => ({
      student: each,
      teacher: 'cnn',
      options: flags.options,
    })),
    minimum: flags.minimum,
    unstated: 'note',
    beside: await besides(flags.beside, project),
  });
  // Options that it does not take are wrong usage, and no failure of a check.
  for (const subject of subjects) subject.make();
  await selectBackend('wasm');
  const refused = await refusals(subjects);
  await refuseFaulty(subjects, refused);

  if (!json) {
    console.log(`${name} ${version}  ${file}\n`);
    console.log(pc.bold(tableHead(subjects.map(caseOf))));
  }
  const rows: CheckRow[] = [];
  for await (const row of runChecks(subjects, refused)) {
    rows.push(row);
    if (!json) console.log(tableRow(row));
  }
  const results = rows.flatMap((row) => row.results);
  const failing = results.filter(({ outcome }) => outcome === 'fails').length;
  const readme = scaffoldReadme(file);
  if (json) {
    const told = refused.map(({ case: of, error: { code, message } }) => ({ case: of, code, message }));
    console.log(
      JSON.stringify({ name, version, file, refused: told, checks: rows, failing, scaffoldReadme: readme }),
    );
  } else {
    for (const line of ['', ...explained(rows, refused)]) console.log(line);
    if (readme !== undefined) {
      console.log(
        pc.yellow(
          `! ${relative(project, readme)} still describes the method that "kdx plugin new" wrote; describe yours and delete the note in it.`,
        ),
      );
    }
    console.log(verdict(results));
  }
  if (failing > 0) setExitCode(EXIT.failed);
}

function verdict(results: readonly CheckResult[]): string {
  const count = (outcome: Outcome): number => results.filter((each) => each.outcome === outcome).length;
  const [holding, told, failing] = [count('holds'), count('told'), count('fails')];
  if (failing > 0) return pc.red(`${failing} of ${counted(holding + told + failing, 'check')} failed`);
  return told > 0
    ? pc.yellow(`${counted(holding + told, 'check')} hold, ${told} of them with a reservation`)
    : pc.green(`all ${counted(holding, 'check')} hold`);
}

async function besides(list: string | undefined, project: string): Promise<(() => Plugin)[]> {
  const loaded = await loadPlugins(parsePluginList(list ?? ''), project);
  return loaded.map(
    ({ plugin }) =>
      () =>
        plugin,
  );
}
