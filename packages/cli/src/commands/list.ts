import { listDataSets } from '@kdx/data';
import { listModels, model } from '@kdx/models';
import Table from 'cli-table3';
import { Command } from 'commander';
import { selectBackend } from '../backends/select-backend.js';
import { count } from '../terminal/format.js';
import { fetchCommand } from './fetch.js';
import { type ListFlags, withJson } from './listing.js';

const plain = { style: { head: [], border: [] } };
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
      const stages = new Map(spec.features.map(({ tap }, stage) => [tap, `f${stage}`]));
      const table = new Table({ head: ['tap', 'shape', 'stage'], ...plain });
      for (const { path, shape } of taps)
        table.push([path, `[B, ${shape.join(', ')}]`, stages.get(path) ?? '']);
      console.log(table.toString());
    }
    built.dispose();
  });

export const dataCommand = (): Command =>
  withJson(
    new Command('data')
      .description('Lists the data sets and their options; fetches them.')
      .addCommand(fetchCommand()),
    'kdx data',
  ).action(({ json }: ListFlags) => {
    const sets = listDataSets();
    if (json) console.log(JSON.stringify(sets));
    else {
      for (const { usage, help, options } of sets) {
        console.log(`${usage.padEnd(14)} ${help}`);
        for (const option of options) {
          const preset = option.default === undefined ? '' : ` (default ${option.default})`;
          const key = `${option.name}=…`;
          console.log(`  ${key.padEnd(15)} ${option.help}: ${option.syntax}${preset}`);
        }
      }
      console.log('\ncifar100 and cifar10 without DIR are what "kdx data fetch cifar100" has fetched.');
    }
  });
