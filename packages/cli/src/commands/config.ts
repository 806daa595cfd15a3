import { configJsonSchema, layersOf, mergeLayers, originOf, readConfig, runOf } from '@kdx/run/parts';
import { Command } from 'commander';
import { Document, isMap, isSeq, type Node } from 'yaml';
import { console } from '../process/own-process.js';
import { sayFound } from '../terminal/say-found.js';
import { flagLayers, type RunFlags, withRunFlags } from './options.js';

export const configCommand = (): Command =>
  withRunFlags(
    new Command('config')
      .description('Prints the resolved config of a run, and where each value is from.')
      .summary('Prints what a run would take, and where it is from.'),
  )
    .option('--schema', 'print the JSON schema of config files')
    .addHelpText(
      'after',
      `
Examples:
  kdx config --recipe small-vit --data cifar100:DIR   what "kdx run" would take
  kdx config --recipe small-cnn --data shapes > kdx.config.yaml`,
    )
    .action(async (file: string | undefined, flags: RunFlags & { schema?: boolean }) => {
      if (flags.schema) {
        console.log(JSON.stringify(configJsonSchema(), null, 2));
        return;
      }
      const source = await readConfig({
        file,
        recipe: flags.recipe,
        layers: flagLayers(flags),
        onFound: sayFound,
      });
      const config = runOf(source, flags.arm);
      if (flags.json) {
        console.log(JSON.stringify(config));
        return;
      }
      const layers = layersOf(source, flags.arm);
      const said = mergeLayers(layers);
      const recipe = `of recipe ${source.recipe?.name}`;
      const document = new Document(config);
      const say = (node: Node, path: string[], value: unknown): void => {
        if (isSeq(node)) node.flow = true;
        node.comment = ` ${originOf(layers, path, value) ?? 'default'}`;
      };
      for (const [key, value] of Object.entries(config)) {
        const node = document.get(key, true) as Node;
        if (key === 'data' && said.data !== value)
          node.comment = ` ${originOf(layers, [key], said.data)}, options ${recipe}`;
        else if (!isMap(node)) say(node, [key], value);
        else
          for (const [option, inner] of Object.entries(value as object))
            say(node.get(option, true) as Node, [key, option], inner);
      }
      console.log(document.toString({ flowCollectionPadding: false, lineWidth: 0 }).trimEnd());
    });
