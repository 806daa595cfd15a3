import { readFileSync } from 'node:fs';
import test from 'ava';
import { recipeJsonSchema } from '../recipes/recipe.js';
import { configFile, configJsonSchema } from './config-file.js';
import { runConfig } from './run-config.js';

const published = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}.json`, import.meta.url), 'utf8'));

test('the published JSON schemas are those of the code', (t) => {
  t.deepEqual(
    published('config'),
    JSON.parse(JSON.stringify(configJsonSchema())),
    'npx kdx config --schema > packages/run/schema/config.json',
  );
  t.deepEqual(
    published('recipe'),
    JSON.parse(JSON.stringify(recipeJsonSchema())),
    'npx kdx recipes --schema > packages/run/schema/recipe.json',
  );
});

test('a file may hold every key of a run, and those of a comparison', (t) => {
  const keys = Object.keys(configFile.shape);
  for (const key of [...Object.keys(runConfig.shape), 'recipe', 'arms', 'seeds', '$schema'])
    t.true(keys.includes(key), key);
});

test('editors are told what a value may be', (t) => {
  const { properties } = configJsonSchema() as {
    properties: Record<string, { anyOf?: unknown[]; description?: string; minimum?: number }>;
  };
  t.is(properties.epochs.minimum, 1);
  t.is(properties.mixup.description, 'alpha of mixup, 0 is off');
  t.true(JSON.stringify(properties.optimizer).includes('"momentum"'));
});
