import type { ModelSpec } from '@kdx/core';
import { count, quoted } from '@kdx/core/text';
import { listModels, parseName } from '@kdx/models';
import { openNames, selectBackend } from '@kdx/run/parts';
import Table from 'cli-table3';
import { Command } from 'commander';
import { console } from '../process/own-process.js';
import { type ListFlags, withJson } from './listing.js';
import { pluginsOption } from './measure-flags.js';

interface ModelsFlags extends ListFlags {
  readonly taps?: boolean;
  readonly plugins?: string;
}

const plain = { style: { head: [], border: [] } };

export const modelsCommand = (): Command =>
  withJson(
    new Command('models')
      .description('Lists the models, or the options and stages of one.')
      .argument('[model]', 'name with options')
      .option('--taps', 'every layer that a method can read, not only the stages')
      .addOption(pluginsOption()),
    'kdx models cifar_resnet20 --taps',
  ).action(async (name: string | undefined, flags: ModelsFlags) => {
    if (name === undefined) listAll(flags);
    else await describe(name, flags);
  });

function listAll({ json }: ModelsFlags): void {
  const models = listModels();
  if (json) {
    console.log(JSON.stringify(models));
    return;
  }
  const table = new Table({ head: ['model', 'family', 'parameters', 'input'], ...plain });
  for (const { name, family, parameters, inputSize } of models)
    table.push([name, family, count(parameters), inputSize.join('×')]);
  console.log(table.toString());
}

async function describe(name: string, { json, taps: everyTap, plugins }: ModelsFlags): Promise<void> {
  const names = await openNames(plugins);
  try {
    const recipe = await names.model(name);
    await selectBackend('auto');
    const model = await recipe.build({});
    const taps = [...model.taps()].map(([path, shape]) => ({ path, shape }));
    console.log(
      json ? JSON.stringify({ ...model.spec, taps }) : describeModel(model.spec, taps, everyTap ?? false),
    );
    model.dispose();
  } finally {
    await names.close();
  }
}

interface Tap {
  readonly path: string;
  readonly shape: readonly number[];
}

function describeModel(spec: ModelSpec, taps: readonly Tap[], everyTap: boolean): string {
  const stages = new Map(spec.features.map(({ tap }, stage) => [tap, `f${stage}`]));
  const table = new Table({ head: ['stage', 'tap', 'shape'], style: { ...plain.style, compact: true } });
  for (const { path, shape } of taps) {
    if (everyTap || stages.has(path)) table.push([stages.get(path) ?? '', path, `[B, ${shape.join(', ')}]`]);
  }
  return [
    `${spec.name}: ${count(spec.parameterCount)} parameters, input ${spec.inputSize.join('×')}, ${spec.classes} classes, heads ${spec.heads.join(', ')}`,
    ...optionLines(spec.name),
    table.toString(),
    ...(everyTap
      ? []
      : [`${count(taps.length)} taps in all; list them with "kdx models ${quoted(spec.name)} --taps".`]),
  ].join('\n');
}

/** The options of a model that comes with kdx; a plugin's model has its own documentation. */
function optionLines(name: string): string[] {
  const { base } = parseName(name);
  const listed = listModels().find((entry) => entry.name === base);
  if (listed === undefined) return [];
  const options = Object.entries(listed.options);
  const width = Math.max(...options.map(([option]) => option.length));
  return [
    'Options, as in NAME?option=value&…:',
    ...options.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`),
  ];
}
