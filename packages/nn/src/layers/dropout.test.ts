import { keyedRng, type Rng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { forwardCall } from '../forward/call.js';
import { close, values } from '../testing/gradients.js';
import { TestScope } from '../testing/test-scope.js';
import { DropPath } from './drop-path.js';
import { Dropout } from './dropout.js';

const layers = { Dropout, DropPath };

test.before(() => tf.setBackend('cpu'));

for (const [name, Dropping] of Object.entries(layers)) {
  test(`${name} drops while training, keyed by its path, and not at inference`, (t) => {
    const purposes: string[] = [];
    const rng = (purpose: string): Rng => {
      purposes.push(purpose);
      return keyedRng(1, purpose);
    };
    const layer = new Dropping(new TestScope('blocks.2.drop'), 0.5);
    const x = values([30, 2]);
    const y = layer.apply(x, forwardCall({ training: true, rng })).dataSync();
    const data = x.dataSync();
    t.true(y.some((value) => value === 0));
    y.forEach((value, i) => {
      if (value !== 0) t.true(Math.abs(value - 2 * data[i]) < 1e-5);
    });
    t.is(purposes.length, 1);
    t.regex(purposes[0], /^blocks\.2\.drop /);
    close(t, layer.apply(x, forwardCall({ training: false, rng })), x);
    t.is(purposes.length, 1);
  });

  test(`${name} at rate 0 draws nothing`, (t) => {
    const x = values([3, 2]);
    close(t, new Dropping(new TestScope(), 0).apply(x, forwardCall({ training: true })), x);
  });

  test(`${name} says so when training is given no random numbers`, (t) => {
    const layer = new Dropping(new TestScope('blocks.2.drop'), 0.5);
    t.throws(() => layer.apply(values([3, 2]), forwardCall({ training: true })), {
      code: 'KDX_RNG_MISSING',
      message: /blocks\.2\.drop/,
    });
  });
}
