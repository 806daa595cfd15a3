import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { forwardCall } from '../forward/call.js';
import { close } from '../testing/gradients.js';
import { TestScope } from '../testing/test-scope.js';
import { activation } from './activation.js';
import { helperModule } from './helper-module.js';
import { Linear } from './linear.js';
import { Sequential } from './sequential.js';

const inference = forwardCall({ training: false });

test.before(() => tf.setBackend('cpu'));

test('a lone layer becomes a helper module of one input', (t) => {
  const root = new TestScope();
  const module = helperModule(
    ['student.blocks.3'],
    (scope, [[width]]) => new Sequential(scope, [(s) => new Linear(s, width, 4), activation(tf.relu)]),
    { activeUntil: '80%' },
  );
  t.deepEqual(module.inputs, ['student.blocks.3']);
  t.is(module.activeUntil, '80%');
  const run = module.build(root.child('aligner'), [[3]]);
  t.deepEqual([...root.parameters.keys()], ['aligner.0.weight', 'aligner.0.bias']);
  const y = run([tf.ones([2, 3])], inference);
  t.deepEqual(y.shape, [2, 4]);
  t.true(y.dataSync().every((value) => value >= 0));
});

test('a helper module of several inputs is a function', (t) => {
  const add = helperModule(
    ['a', 'b'],
    () =>
      ([a, b]) =>
        tf.add(a, b),
  );
  close(t, add.build(new TestScope(), [[1], [1]])([tf.tensor1d([1]), tf.tensor1d([2])], inference), [3]);
  const wrong = helperModule(['a', 'b'], (scope) => new Linear(scope, 1, 1));
  t.throws(() => wrong.build(new TestScope(), [[1], [1]]), {
    code: 'KDX_MODULE_INPUTS',
    message: /declares 2/,
  });
});
