import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { Optimizer, type Parameter, runSettings } from '../index.js';
import { learningRateOf, optimizerOf } from './from-settings.js';

test.before(() => tf.setBackend('cpu'));

test('a learning rate below the floor of its schedule is refused, for it would rise', (t) => {
  t.throws(() => learningRateOf(runSettings.parse({ lr: 1e-7 })), {
    code: 'KDX_SCHEDULE_INVALID',
    message: /floor 0\.00001; lower it with --set schedule\.min=0/,
  });
  const schedule = { type: 'cosine', min: 0, warmupFrom: 0 } as const;
  t.notThrows(() => learningRateOf(runSettings.parse({ lr: 1e-7, schedule })));
});

test('a bare name stands for its kind with the defaults', (t) => {
  const { optimizer, schedule } = runSettings.parse({ optimizer: 'sgd', schedule: 'constant' });
  t.like(optimizer, { name: 'sgd', momentum: 0.9 });
  t.deepEqual(schedule, { type: 'constant' });
});

test('decayAll decays norms and biases too', async (t) => {
  const moved = (decayAll: boolean) => {
    const { optimizer } = runSettings.parse({
      optimizer: { name: 'sgd', momentum: 0, weightDecay: 0.5, decayAll },
    });
    const variable = tf.variable(tf.tensor1d([4]));
    const parameter = { name: 'bias', variable, decay: false } as unknown as Parameter;
    new Optimizer(optimizerOf({ optimizer })).apply([{ parameter, gradient: tf.zeros([1]) }], 1);
    return variable.dataSync()[0];
  };
  t.deepEqual([moved(false), moved(true)], [4, 2]);
});
