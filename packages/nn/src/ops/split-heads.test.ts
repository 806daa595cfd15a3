import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { splitHeads } from './split-heads.js';

const [B, N, H, d] = [2, 3, 2, 4];

test.before(() => tf.setBackend('cpu'));

test('heads are split as timm orders them', (t) => {
  const qkv = values([B, N, 3 * H * d]) as tf.Tensor3D;
  splitHeads(qkv, H).forEach((part, index) => {
    for (let head = 0; head < H; head++) {
      const columns = tf.slice(qkv, [0, 0, (index * H + head) * d], [B, N, d]);
      close(t, tf.slice(part, [0, head, 0, 0], [B, 1, N, d]).reshape([B, N, d]), columns);
    }
  });
});

test('the gradient of split heads puts each part back in its place, also where a part has none', (t) => {
  const weighted =
    (split: (x: tf.Tensor) => tf.Tensor[]) =>
    (x: tf.Tensor): tf.Tensor => {
      const [q, , v] = split(x) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.add(tf.mul(q, values([B, H, N, d], 2)), tf.square(v));
    };
  const plain = (x: tf.Tensor) => tf.unstack(tf.transpose(tf.reshape(x, [B, N, 3, H, d]), [2, 0, 3, 1, 4]));
  const ours = (x: tf.Tensor) => splitHeads(x as tf.Tensor3D, H);
  checkGradients(t, weighted(ours), weighted(plain), [values([B, N, 3 * H * d])]);
});

test('a width that does not fit the heads is refused', (t) => {
  t.throws(() => splitHeads(values([B, N, 10]) as tf.Tensor3D, H), { code: 'KDX_SHAPE' });
});
