import test from 'ava';
import { mergeLayers, originOf } from './merge-layers.js';

const merged = (...layers: Record<string, unknown>[]): Record<string, unknown> =>
  mergeLayers(layers.map((values, index) => ({ from: `layer ${index}`, values })));

test('a later layer wins, key by key', (t) => {
  t.deepEqual(merged({ lr: 1, epochs: 2, plugins: ['kd'] }, { lr: 3, plugins: [] }, { lr: undefined }), {
    lr: 3,
    epochs: 2,
    plugins: [],
  });
});

test('options without a kind change the kind that is there, or the default one', (t) => {
  t.like(merged({ optimizer: { name: 'sgd', momentum: 0.3 } }, { optimizer: { weightDecay: 0.7 } }), {
    optimizer: { name: 'sgd', momentum: 0.3, weightDecay: 0.7 },
  });
  t.deepEqual(merged({ schedule: 'linear' }, { schedule: { to: 0.1 } }), {
    schedule: { type: 'linear', to: 0.1 },
  });
  t.like(merged({ optimizer: { weightDecay: 0.7 } }), { optimizer: { name: 'adamw', weightDecay: 0.7 } });
});

test('a kind that is named stands for itself; the name that is there already leaves its options alone', (t) => {
  const sgd = { name: 'sgd', momentum: 0.3 };
  t.deepEqual(merged({ optimizer: sgd }, { optimizer: 'sgd' }), { optimizer: sgd });
  t.deepEqual(merged({ optimizer: sgd }, { optimizer: 'adamw' }), { optimizer: { name: 'adamw' } });
  t.deepEqual(merged({ optimizer: sgd }, { optimizer: { name: 'sgd', nesterov: true } }), {
    optimizer: { name: 'sgd', nesterov: true },
  });
  t.like(merged({ schedule: 'cosine' }), { schedule: { type: 'cosine', warmup: '5%' } });
  t.deepEqual(merged({ schedule: { type: 'cosine', min: 0 } }), { schedule: { type: 'cosine', min: 0 } });
});

test('a value is from the last layer that says it', (t) => {
  const layers = [
    { from: 'recipe', values: { lr: 1, optimizer: { name: 'sgd', momentum: 0.9 } } },
    { from: 'file', values: { optimizer: { momentum: 0.5 } } },
    { from: '--lr', values: { lr: 2 } },
  ];
  t.is(originOf(layers, ['lr'], 2), '--lr');
  t.is(originOf(layers, ['optimizer', 'momentum'], 0.5), 'file');
  t.is(originOf(layers, ['optimizer', 'name'], 'sgd'), 'recipe');
  t.is(originOf(layers, ['optimizer', 'nesterov'], false), undefined);
  t.is(originOf(layers, ['epochs'], 10), undefined);
});
