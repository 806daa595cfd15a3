import test from 'ava';
import { configFacts } from './config-facts.js';

test('with origins, what has none is a default', (t) => {
  const facts = configFacts(
    { lr: 0.02, epochs: 30, optimizer: { name: 'sgd', momentum: 0.9 } },
    { lr: '--lr', 'optimizer.name': 'recipe small-cnn' },
  );
  t.deepEqual(facts, [
    { key: 'lr', value: '0.02', from: '--lr' },
    { key: 'epochs', value: '30', from: 'default' },
    { key: 'optimizer.name', value: 'sgd', from: 'recipe small-cnn' },
    { key: 'optimizer.momentum', value: '0.9', from: 'default' },
  ]);
});

test('without origins, what is not the default was given', (t) => {
  const from = configFacts({ labelSmoothing: 0, mixup: 0.8, schedule: { type: 'constant' } }, undefined);
  t.deepEqual(
    from.map(({ key, from: origin }) => [key, origin]),
    [
      ['labelSmoothing', 'default'],
      ['mixup', 'given'],
      ['schedule.type', 'given'],
    ],
  );
});

test('plugins and teachers read as they are typed', (t) => {
  const [plugins, teacher, none] = configFacts(
    { plugins: ['kd', ['deit', {}], ['shake', { mode: 'a' }]], teacher: ['a@b', 'c@d'], clip: null },
    {},
  );
  t.is(plugins.value, 'kd, deit, shake:{"mode":"a"}');
  t.is(teacher.value, 'a@b, c@d');
  t.is(none.value, 'null');
});
