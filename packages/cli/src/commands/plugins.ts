import { describePlugin, listPlugins, type PluginDescription, type PluginParameter } from '@kdx/run/parts';
import { Command } from 'commander';
import pc from 'picocolors';
import { console } from '../process/own-process.js';
import { wrapped } from '../terminal/layout.js';
import { type ListFlags, withJson } from './listing.js';

export const pluginsCommand = (): Command =>
  withJson(
    new Command('plugins')
      .description('Lists the methods that come with kdx or are installed here, or the options of one.')
      .summary('Lists the methods, or the options of one.')
      .argument('[plugin]', 'name or path'),
    'kdx plugins deit',
  ).action(async (name: string | undefined, { json }: ListFlags) => {
    const { plugins, broken } =
      name === undefined
        ? await listPlugins(process.cwd())
        : { plugins: [await describePlugin(name, process.cwd())], broken: [] };
    if (json) console.log(JSON.stringify([...plugins.map(({ parameters, ...plugin }) => plugin), ...broken]));
    else
      for (const plugin of plugins)
        console.log(name === undefined ? inList(plugin, plugins) : inFull(plugin));
    // What this command was not asked for is no failure of it.
    for (const { request, error } of broken) {
      const sentence = error.message.replace(/\.?$/, '.');
      console.error(`${pc.yellow(error.code)} ${sentence} A run without "${request}" is not affected.`);
    }
  });

const head = ({ name, version, summary }: PluginDescription, width = 0): string =>
  `${name.padEnd(width)}  ${version}  ${summary}`;

function inList(plugin: PluginDescription, all: readonly PluginDescription[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  const lines = [
    head(plugin, width),
    `  options   ${plugin.parameters.map(({ name }) => name).join(', ') || 'none'}`,
  ];
  const namesakes = all.filter(({ name }) => name === plugin.name);
  if (plugin.request !== plugin.name || namesakes.length > 1)
    lines.push(`  as        --plugins ${plugin.request}`);
  lines.push(`  from      ${plugin.file}`);
  return lines.join('\n');
}

function inFull(plugin: PluginDescription): string {
  return [
    ...wrapped(head(plugin), { first: '', rest: '  ', width: 96 }),
    `  from      ${plugin.file}`,
    `  requires  ${plugin.requires.join(', ') || 'nothing'}`,
    ...plugin.parameters.flatMap((parameter) => optionLines(parameter, '  ')),
  ].join('\n');
}

/** An option, and below it those of the objects that it takes. */
function optionLines(
  { name, takes, preset, description, fields }: PluginParameter,
  indent: string,
): string[] {
  const what = [takes, description].filter(Boolean).join(': ');
  const first = `${indent}${name.padEnd(12)} `;
  const text = preset === undefined ? what : `${what} (default ${JSON.stringify(preset)})`;
  return [
    ...wrapped(text, { first, rest: ' '.repeat(first.length), width: 96 }),
    ...fields.flatMap((field) => optionLines(field, `${indent}  `)),
  ];
}
