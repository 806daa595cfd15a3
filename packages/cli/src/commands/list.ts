import { listDataSets } from '@kdx/data';
import { listModels, model } from '@kdx/models';
import Table from 'cli-table3';
import { Command } from 'commander';
import { z } from 'zod';
import { selectBackend } from '../backends/select-backend.js';
import { BUILT_IN_PLUGINS } from '../plugins/built-in.js';
import { loadFactory } from '../plugins/load-plugin.js';
import { count } from '../terminal/format.js';

interface ListFlags {
  readonly json?: boolean;
}

const plain = { style: { head: [], border: [] } };
const withJson = (command: Command, example: string): Command =>
  command.option('--json', 'machine-readable output').addHelpText('after', `\nExample:\n  ${example}`);

export const modelsCommand = (): Command =>
  withJson(
    new Command('models')
      .description('Lists the models, or the taps of one.')
      .argument('[model]', 'name with options'),
    'kdx models "cifar_resnet20"',
  ).action(async (name: string | undefined, { json }: ListFlags) => {
    if (name === undefined) {
      const models = listModels();
      if (json) console.log(JSON.stringify(models));
      else {
        const table = new Table({ head: ['model', 'family', 'parameters', 'input'], ...plain });
        for (const entry of models)
          table.push([entry.name, entry.family, count(entry.parameters), entry.inputSize.join('×')]);
        console.log(table.toString());
      }
      return;
    }
    await selectBackend('auto');
    const built = await model(name).build({});
    const taps = [...built.taps()].map(([path, shape]) => ({ path, shape }));
    if (json) console.log(JSON.stringify({ ...built.spec, taps }));
    else {
      const { spec } = built;
      console.log(
        `${spec.name}: ${count(spec.parameterCount)} parameters, input ${spec.inputSize.join('×')}, ${spec.classes} classes, heads ${spec.heads.join(', ')}`,
      );
      const table = new Table({ head: ['tap', 'shape'], ...plain });
      for (const { path, shape } of taps) table.push([path, `[B, ${shape.join(', ')}]`]);
      console.log(table.toString());
    }
    built.dispose();
  });

export const dataCommand = (): Command =>
  withJson(new Command('data').description('Lists the data sets and their options.'), 'kdx data').action(
    ({ json }: ListFlags) => {
      const sets = listDataSets();
      if (json) console.log(JSON.stringify(sets));
      else
        for (const { usage, help, options } of sets) {
          console.log(`${usage.padEnd(14)} ${help}`);
          for (const option of options) {
            const preset = option.default === undefined ? '' : ` (default ${option.default})`;
            const key = `${option.name}=…`;
            console.log(`  ${key.padEnd(15)} ${option.help}: ${option.syntax}${preset}`);
          }
        }
    },
  );

export const pluginsCommand = (): Command =>
  withJson(
    new Command('plugins')
      .description('Lists the methods, or the options of one.')
      .argument('[plugin]', 'name or path'),
    'kdx plugins deit',
  ).action(async (name: string | undefined, { json }: ListFlags) => {
    const names = name === undefined ? BUILT_IN_PLUGINS : [name];
    const found = await Promise.all(
      names.map(async (entry) => {
        const { factory, file } = await loadFactory(entry);
        const { definition } = factory;
        const schema = z.toJSONSchema(definition.options as z.ZodType, {
          io: 'input',
          unrepresentable: 'any',
        });
        return {
          name: definition.name,
          version: definition.version,
          summary: definition.summary,
          requires: definition.requires ?? [],
          file,
          options: schema,
        };
      }),
    );
    if (json) {
      console.log(JSON.stringify(found));
      return;
    }
    for (const plugin of found) {
      console.log(`${plugin.name.padEnd(8)} ${plugin.version}  ${plugin.summary}`);
      if (name === undefined) continue;
      console.log(`  from      ${plugin.file}`);
      console.log(`  requires  ${plugin.requires.join(', ') || 'nothing'}`);
      const properties = (plugin.options.properties ?? {}) as Record<
        string,
        { description?: string; default?: unknown; enum?: unknown[]; type?: string }
      >;
      for (const [option, { description = '', default: preset, enum: values, type }] of Object.entries(
        properties,
      )) {
        const takes = values ? values.join(' | ') : (type ?? '');
        const presetText = preset === undefined ? '' : ` (default ${JSON.stringify(preset)})`;
        console.log(`  ${option.padEnd(12)} ${takes}: ${description}${presetText}`);
      }
    }
  });
