import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { channelShuffle } from './channel-shuffle.js';

test.before(() => tf.setBackend('cpu'));

test('channels of all groups come in turn', (t) => {
  const x = tf.tensor4d([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15], [1, 1, 2, 6]);
  close(t, channelShuffle(x, 3), [0, 2, 4, 1, 3, 5, 10, 12, 14, 11, 13, 15]);
  close(t, channelShuffle(x, 2), [0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15]);
  t.is(channelShuffle(x, 1), x);
});

test('the gradient goes the way back', (t) => {
  const groups = 3;
  checkGradients(
    t,
    (v) => channelShuffle(v as tf.Tensor4D, groups),
    (v) =>
      tf.gather(
        v,
        Array.from({ length: 6 }, (_, at) => (at % groups) * 2 + Math.floor(at / groups)),
        3,
      ),
    [values([2, 2, 3, 6])],
  );
});

test('shuffling refuses channels that the groups do not divide', (t) => {
  t.throws(() => channelShuffle(values([1, 2, 2, 4]) as tf.Tensor4D, 3), {
    code: 'KDX_SHAPE',
    message: /a multiple of 3/,
  });
});
