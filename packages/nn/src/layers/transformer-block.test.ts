import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { forwardCall } from '../forward/call.js';
import { close, values } from '../testing/gradients.js';
import { TestScope } from '../testing/test-scope.js';
import { Attention } from './attention.js';
import { Layer } from './layer.js';
import { PatchEmbed } from './patch-embed.js';
import { TransformerBlock } from './transformer-block.js';

const inference = forwardCall({ training: false });

test.before(() => tf.setBackend('cpu'));

test('attention reads qkv as [3, H, d], head by head, as timm does', (t) => {
  const [B, N, D, H] = [2, 3, 4, 2];
  const root = new TestScope();
  const layer = new Attention(root, D, H);
  const get = (name: string) => root.parameters.get(name)!.variable;
  get('qkv.weight').assign(values([D, 3 * D], 2) as tf.Tensor2D);
  get('proj.weight').assign(values([D, D], 3) as tf.Tensor2D);
  const x = values([B, N, D]) as tf.Tensor3D;

  const part = (which: number, head: number) => {
    const begin = which * D + head * (D / H);
    const w = get('qkv.weight').slice([0, begin], [D, D / H]);
    return tf.matMul(x.reshape([B * N, D]), w).reshape([B, N, D / H]) as tf.Tensor3D;
  };
  const heads = Array.from({ length: H }, (_, head) => {
    const scores = tf.matMul(part(0, head), part(1, head), false, true).div(Math.sqrt(D / H));
    return tf.matMul(tf.softmax(scores), part(2, head));
  });
  const joined = tf.concat(heads, 2).reshape([B * N, D]);
  close(t, layer.apply(x, inference), tf.matMul(joined, get('proj.weight')).dataSync(), { absolute: 1e-5 });
});

test('attention refuses a width that its heads do not divide', (t) => {
  t.throws(() => new Attention(new TestScope(), 10, 3), { code: 'KDX_RANGE', message: /multiple of 3/ });
});

test('a block whose branches are zero is the identity, and takes another attention', (t) => {
  const seen: string[] = [];
  class Zero extends Layer {
    protected override forward(x: tf.Tensor): tf.Tensor {
      seen.push(this.path);
      return tf.zerosLike(x);
    }
  }
  const root = new TestScope();
  const block = new TransformerBlock(root.child('b'), 4, 2, { attention: (scope) => new Zero(scope) });
  root.parameters.get('b.mlp.fc2.weight')!.variable.assign(tf.zeros([16, 4]));
  const x = values([2, 3, 4]);
  close(t, block.apply(x, inference), x);
  t.deepEqual(seen, ['b.attn']);
  t.false(root.parameters.has('b.attn.qkv.weight'));
});

test('the patch embedding equals its convolution, values and gradients', (t) => {
  const root = new TestScope();
  const layer = new PatchEmbed(root, 3, 5, 2);
  const [weight, bias] = root.variables;
  const x = values([2, 4, 6, 3]) as tf.Tensor4D;
  const convolved = () =>
    tf
      .conv2d(x, weight as tf.Tensor4D, 2, 'valid')
      .add(bias)
      .reshape([2, 6, 5]);
  close(t, layer.apply(x, inference), convolved(), { absolute: 1e-5 });
  const w = values([2, 6, 5], 4);
  const gradient = (f: () => tf.Tensor) => tf.variableGrads(() => f().mul(w).sum()).grads[weight.name];
  close(
    t,
    gradient(() => layer.apply(x, inference)),
    gradient(convolved),
    { absolute: 1e-4 },
  );
});

test('the patch embedding refuses images it cannot tile', (t) => {
  const layer = new PatchEmbed(new TestScope(), 3, 5, 4);
  t.throws(() => layer.apply(tf.zeros([1, 6, 8, 3]), inference), { code: 'KDX_SHAPE' });
});
