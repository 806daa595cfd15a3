import { adam, adamw, decayAll, Optimizer, type Parameter, sgd } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { learningRateOf, optimizerOf } from './from-settings.js';
import { runSettings } from './settings.js';

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

test('decay of all parameters is an option of every rule in code, and of any rule', (t) => {
  for (const make of [sgd, adam, adamw]) {
    const moved = (rule: ReturnType<typeof sgd>) => {
      const optimizer = new Optimizer(rule);
      const bias: Parameter = {
        name: 'bias',
        decay: false,
        layout: 'same',
        variable: tf.variable(tf.tensor1d([2])),
      };
      optimizer.apply([{ parameter: bias, gradient: tf.zeros([1]) }], 0.1);
      const [value] = bias.variable.dataSync();
      optimizer.dispose();
      bias.variable.dispose();
      return value;
    };
    const options = { weightDecay: 0.5 };
    t.is(moved(make(options)), 2, 'as timm has it');
    const all = moved(make({ ...options, decayAll: true }));
    t.true(all < 2);
    t.is(moved(decayAll(make(options))), all);
    t.regex(make({ ...options, decayAll: true }).text, /norms and biases decay too$/);
  }
});
