import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { mergeLayers } from '../config/merge-layers.js';
import { parseRunConfig } from '../config/run-config.js';
import { loadRecipe, recipeLayer, recipeNames, sourcedValues, withRecipeData } from './recipe.js';

test('every recipe that comes with kdx is a whole config but for data and student, and every value has a source', async (t) => {
  t.true(recipeNames().length >= 2);
  for (const name of recipeNames()) {
    const recipe = await loadRecipe(name);
    const values = mergeLayers([
      { from: 'test', values: { student: 'cifar_resnet20' } },
      recipeLayer(recipe),
      { from: 'test', values: { data: 'shapes' } },
    ]);
    t.notThrows(() => parseRunConfig(values, name));
    for (const { path, source } of sourcedValues(recipe)) t.true(recipe.sources[source].length > 10, path);
  }
});

test('the small protocol, number by number', async (t) => {
  t.deepEqual(recipeLayer(await loadRecipe('small-vit')).values, {
    student: 'deit_tiny_patch16_224?img=32&patch=4&dim=96&depth=6&drop-path=0.05',
    epochs: 30,
    batch: 64,
    lr: 1e-3,
    optimizer: { name: 'adamw', weightDecay: 0.05 },
    schedule: { type: 'cosine', min: 1e-5, warmup: 2, warmupFrom: 1e-6 },
    labelSmoothing: 0.1,
    mixup: 0.8,
    cutmix: 1,
  });
  t.deepEqual(recipeLayer(await loadRecipe('small-cnn')).values, {
    student: 'cifar_resnet20',
    epochs: 30,
    batch: 64,
    lr: 0.05,
    optimizer: { name: 'sgd', momentum: 0.9, weightDecay: 5e-4 },
    schedule: { type: 'steps', milestones: [19, 23, 26], gamma: 0.1 },
  });
});

test('DearKD’s recipes scale with --epochs, and on ImageNet train as DeiT’s release does', async (t) => {
  const values = async (name: string) => recipeLayer(await loadRecipe(name)).values;
  const [short, long] = [await values('dearkd-imagenet300'), await values('dearkd-imagenet1000')];
  t.deepEqual([short.epochs, short.plugins], [300, ['dearkd']]);
  t.deepEqual([long.epochs, long.plugins], [1000, [['dearkd', { stage1: '80%', stage2: 'ce-only' }]]]);
  const { epochs, plugins, ...rest } = short;
  t.deepEqual({ ...rest, epochs: long.epochs, plugins: long.plugins }, long);
  t.deepEqual(rest, {
    student: 'deit_tiny_patch16_224',
    batch: 1024,
    lr: 1e-3,
    optimizer: { name: 'adamw', weightDecay: 0.05 },
    schedule: { type: 'cosine', min: 1e-5, warmup: 5, warmupFrom: 1e-6, per: 'epoch', lag: 1 },
    labelSmoothing: 0.1,
    mixup: 0.8,
    cutmix: 1,
    ema: 0.99996,
    emaWarmup: false,
    repeats: 3,
    dropLast: true,
  });
});

test("a spec's own options stand before the recipe's", async (t) => {
  const recipe = await loadRecipe('small-cnn');
  t.is(withRecipeData('cifar100:dir', recipe), 'cifar100:dir?train=10000&validation=1000');
  t.is(withRecipeData('cifar100:dir?train=50', recipe), 'cifar100:dir?train=50&validation=1000');
});

const fileOf = (t: import('ava').ExecutionContext, text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-recipe-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, text);
  return file;
};

test('a recipe of one’s own is a file', async (t) => {
  const file = fileOf(
    t,
    'summary: mine\nsources: { me: a guess of mine }\nsettings: { lr: { value: 0.3, source: me } }\n',
  );
  t.deepEqual(recipeLayer(await loadRecipe(file)).values, { lr: 0.3 });
});

test('what is no recipe says so', async (t) => {
  await t.throwsAsync(loadRecipe('small-vitt'), {
    code: 'KDX_RECIPE_UNKNOWN',
    message: /mean "small-vit"\?/,
  });
  await t.throwsAsync(loadRecipe('./nowhere.yaml'), {
    code: 'KDX_RECIPE_UNKNOWN',
    message: /no recipe file/,
  });
  const noSource = fileOf(
    t,
    'summary: x\nsources: { me: a guess }\nsettings: { lr: { value: 1, source: ma } }\n',
  );
  await t.throwsAsync(loadRecipe(noSource), {
    code: 'KDX_RECIPE',
    message: /lr has the source "ma".*Did you mean "me"\?/,
  });
  const bare = fileOf(t, 'summary: x\nsources: {}\nsettings: { lr: 1 }\n');
  await t.throwsAsync(loadRecipe(bare), { code: 'KDX_RECIPE' });
});
