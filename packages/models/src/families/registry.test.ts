import test from 'ava';
import { z } from 'zod';
import { listModels } from '../list-models.js';
import { findDefinition, model, registerFamily } from './registry.js';

test('an unknown name is an error with the nearest name', (t) => {
  const error = t.throws(() => model('cifar_resnet_56'), { code: 'KDX_MODEL_UNKNOWN' });
  t.regex(error!.message, /Did you mean "cifar_resnet56"\?/);
  t.throws(() => model('deit_tiny_patch16'), { code: 'KDX_MODEL_UNKNOWN', message: /deit_tiny_patch16_224/ });
  t.throws(() => model('cifar_resnet18'), { code: 'KDX_MODEL_UNKNOWN', message: /6n \+ 2 layers/ });
});

test('an unknown option is an error with the nearest option and all there are', (t) => {
  const error = t.throws(() => model('deit_tiny_patch16_224?dropath=0.1'), { code: 'KDX_MODEL_OPTION' });
  t.regex(error!.message, /no option "dropath"\. Did you mean "drop-path"\? It has patch, dim, depth, heads/);
  t.throws(() => model('cifar_resnet20?width=3'), { code: 'KDX_MODEL_OPTION', message: /img, mean, std/ });
});

test('a bad value names the option and the value', (t) => {
  const rejects = (name: string, message: RegExp) =>
    t.throws(() => model(name), { code: 'KDX_MODEL_OPTION', message });
  rejects('deit_tiny_patch16_224?depth=six', /"depth".*expected number.*"six"/);
  rejects('deit_tiny_patch16_224?depth=0', /"depth".*>=1.*0/);
  rejects('deit_tiny_patch16_224?drop-path=1', /"drop-path".*<1/);
  rejects('cifar_resnet20?img=32x', /"img".*32x48.*"32x"/);
  rejects('cifar_resnet20?mean=a,b,c', /"mean".*numbers with commas/);
});

test('a recipe repeats what was said, in the schema’s order', (t) => {
  const recipe = model('deit_tiny_patch16_224?drop-path=0.05&img=32&patch=4@w.safetensors');
  t.is(recipe.name, 'deit_tiny_patch16_224?patch=4&drop-path=0.05&img=32');
  t.is(recipe.weights, 'w.safetensors');
  t.is(model(recipe.name).name, recipe.name);
});

test('options in code and on the name are one', (t) => {
  const recipe = model('convnet').with({ width: 8 });
  t.is(recipe.name, 'convnet?width=8');
  t.is(recipe.with({ width: 16, stages: 4 }).name, 'convnet?width=16&stages=4');
  t.is(recipe.name, 'convnet?width=8');
  t.throws(() => recipe.with({ widh: 8 }), { code: 'KDX_MODEL_OPTION', message: /Did you mean "width"/ });
  t.is(recipe.from('a.safetensors').weights, 'a.safetensors');
});

test('every listed model is found under its name and says what its options mean', (t) => {
  const models = listModels();
  t.true(models.length >= 19);
  t.is(new Set(models.map(({ name }) => name)).size, models.length);
  for (const { name, parameters, options, source } of models) {
    t.is(findDefinition(name).name, name);
    t.true(parameters > 0 && source !== '');
    t.true(
      Object.values(options).every((text) => text !== ''),
      name,
    );
  }
});

test('a family whose name or models are taken is refused', (t) => {
  const family = (name: string, known: string) => ({
    name,
    source: 'test',
    names: [known],
    pattern: new RegExp(`^${known}$`),
    define: () => ({ name: known, options: z.object({}), build: () => t.fail() as never }),
  });
  t.throws(() => registerFamily(family('vit', 'some_vit')), {
    code: 'KDX_MODEL_TWICE',
    message: /family name/,
  });
  t.throws(() => registerFamily(family('other', 'cifar_resnet20')), {
    code: 'KDX_MODEL_TWICE',
    message: /"cifar_resnet" and "other" both claim the model name "cifar_resnet20"/,
  });
  registerFamily(family('mine', 'my_model'));
  t.is(model('my_model').name, 'my_model');
});
