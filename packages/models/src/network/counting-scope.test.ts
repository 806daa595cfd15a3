import test from 'ava';
import { CountingScope } from './counting-scope.js';

test('counts parameters by nested name and leaves buffers out of the sum', (t) => {
  const counting = new CountingScope();
  const fill = () => new Float32Array(0);
  const block = counting.scope().child('layer1').child(0);
  block.parameter('weight', [2, 3], fill);
  block.buffer('running_mean', [7], fill);
  counting.scope().parameter('bias', [5], fill);
  t.is(block.path, 'layer1.0');
  t.deepEqual(
    [...counting.parameters],
    [
      ['layer1.0.weight', [2, 3]],
      ['bias', [5]],
    ],
  );
  t.deepEqual([...counting.buffers.keys()], ['layer1.0.running_mean']);
  t.is(counting.size, 11);
});
