import { loadRecipe, recipeJsonSchema, recipeNames, sourcedValues } from '@kdx/run/parts';
import Table from 'cli-table3';
import { Command } from 'commander';
import { console } from '../process/own-process.js';

export const recipesCommand = (): Command =>
  new Command('recipes')
    .description('Lists the recipes, or the values of one with their sources.')
    .argument('[recipe]', 'name or file')
    .option('--json', 'machine-readable output')
    .option('--schema', 'print the JSON schema of recipe files')
    .addHelpText('after', '\nExample:\n  kdx recipes small-vit')
    .action(async (name: string | undefined, { json, schema }: { json?: boolean; schema?: boolean }) => {
      if (schema) {
        console.log(JSON.stringify(recipeJsonSchema(), null, 2));
        return;
      }
      if (name === undefined) {
        const recipes = await Promise.all(recipeNames().map(loadRecipe));
        const width = Math.max(...recipes.map(({ name }) => name.length));
        if (json) console.log(JSON.stringify(recipes.map(({ name, summary }) => ({ name, summary }))));
        else for (const { name, summary } of recipes) console.log(`${name.padEnd(width)} ${summary}`);
        return;
      }
      const recipe = await loadRecipe(name);
      if (json) {
        console.log(JSON.stringify(recipe));
        return;
      }
      console.log(`${recipe.name}: ${recipe.summary}\n${recipe.file}`);
      const table = new Table({ head: ['key', 'value', 'source'], style: { head: [], border: [] } });
      for (const { path, value, source } of sourcedValues(recipe)) {
        table.push([path, typeof value === 'string' ? value : JSON.stringify(value), source]);
      }
      console.log(table.toString());
      for (const [short, source] of Object.entries(recipe.sources)) console.log(`${short}: ${source}`);
    });
