import test from 'ava';
import { originsOf } from './origins.js';

test('each value has the layer it is from, and a default has none', (t) => {
  const layers = [
    {
      from: 'recipe small',
      values: { lr: 1e-3, optimizer: { name: 'adamw', weightDecay: 0.05 }, epochs: 3 },
    },
    { from: 'kdx.config.yaml', values: { plugins: ['kd'], optimizer: { weightDecay: 0.1 } } },
    { from: '--lr', values: { lr: 0.01 } },
  ];
  const config = {
    lr: 0.01,
    epochs: 3,
    batch: 64,
    plugins: ['kd'],
    optimizer: { name: 'adamw', weightDecay: 0.1, eps: 1e-8 },
    clip: null,
  };
  t.deepEqual(originsOf(layers, config), {
    lr: '--lr',
    epochs: 'recipe small',
    plugins: 'kdx.config.yaml',
    'optimizer.name': 'recipe small',
    'optimizer.weightDecay': 'kdx.config.yaml',
  });
});
