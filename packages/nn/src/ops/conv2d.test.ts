import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { checkGradients, close, values } from '../testing/gradients.js';
import { type Conv2dOptions, conv2d } from './conv2d.js';
import { type Pair, pair } from './shapes.js';

const op = (options: Conv2dOptions) => (x: tf.Tensor, f: tf.Tensor) =>
  conv2d(x as tf.Tensor4D, f as tf.Tensor4D, options);

/** The definition: every output is a sum over a zero-padded window, tap by tap. */
function byDefinition(stride: Pair, padding: Pair, groups: number) {
  const [[sh, sw], [ph, pw]] = [pair(stride), pair(padding)];
  return (input: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
    const x = tf.pad(input as tf.Tensor4D, [
      [0, 0],
      [ph, ph],
      [pw, pw],
      [0, 0],
    ]) as tf.Tensor4D;
    const f = filter as tf.Tensor4D;
    const [B, H, W, I] = x.shape;
    const [kh, kw] = f.shape;
    const O = groups === I && groups > 1 ? I * f.shape[3] : f.shape[3];
    const flat = groups === I && groups > 1 ? (f.reshape([kh, kw, 1, O]) as tf.Tensor4D) : f;
    const [rows, columns] = [Math.floor((H - kh) / sh) + 1, Math.floor((W - kw) / sw) + 1];
    const parts = Array.from({ length: groups }, (_, group) => {
      const [i, o] = [I / groups, O / groups];
      let sum: tf.Tensor = tf.zeros([B * rows * columns, o]);
      for (let r = 0; r < kh; r++) {
        for (let c = 0; c < kw; c++) {
          const window = tf.stridedSlice(
            x,
            [0, r, c, group * i],
            [B, r + (rows - 1) * sh + 1, c + (columns - 1) * sw + 1, (group + 1) * i],
            [1, sh, sw, 1],
          );
          const tapped = flat.slice([r, c, 0, group * o], [1, 1, i, o]).reshape([i, o]);
          sum = sum.add(tf.matMul(window.reshape([B * rows * columns, i]), tapped as tf.Tensor2D));
        }
      }
      return sum.reshape([B, rows, columns, o]);
    });
    return tf.concat(parts, 3);
  };
}

/** The definition's value; its gradient is taken from TensorFlow.js's convolutions on a padded input, per group. */
function convolutions(stride: Pair, padding: Pair, groups: number) {
  const [ph, pw] = pair(padding);
  return (input: tf.Tensor, filter: tf.Tensor): tf.Tensor => {
    const x = tf.pad(input as tf.Tensor4D, [
      [0, 0],
      [ph, ph],
      [pw, pw],
      [0, 0],
    ]) as tf.Tensor4D;
    const f = filter as tf.Tensor4D;
    const I = x.shape[3];
    if (groups === I && groups > 1) return tf.depthwiseConv2d(x, f, pair(stride), 'valid');
    if (groups === 1) return tf.conv2d(x, f, pair(stride), 'valid');
    const o = f.shape[3] / groups;
    const parts = tf.split(x, groups, 3).map((part, group) => {
      const own = f.slice([0, 0, 0, group * o], [-1, -1, -1, o]) as tf.Tensor4D;
      return tf.conv2d(part as tf.Tensor4D, own, pair(stride), 'valid');
    });
    return tf.concat(parts, 3);
  };
}

const cases: [string, number[], number[], Pair, Pair, number][] = [
  ['3×3, padding 1', [2, 4, 4, 2], [3, 3, 2, 3], 1, 1, 1],
  ['3×3, stride 2 on an even size, whose last row no window reaches', [1, 4, 4, 2], [3, 3, 2, 2], 2, 1, 1],
  ['1×1, stride 2', [1, 4, 4, 2], [1, 1, 2, 3], 2, 0, 1],
  ['uneven window, stride and padding', [1, 5, 4, 2], [3, 2, 2, 2], [2, 1], [1, 0], 1],
  ['uneven window and stride, even padding', [1, 7, 6, 2], [3, 2, 2, 2], [2, 1], 1, 1],
  ['two groups, uneven stride', [1, 7, 6, 4], [3, 3, 2, 4], [2, 1], 1, 2],
  ['depthwise, uneven stride', [1, 7, 6, 3], [3, 3, 3, 1], [2, 1], 1, 3],
  ['two groups', [2, 4, 4, 4], [3, 3, 2, 6], 1, 1, 2],
  ['three groups, stride 2', [1, 5, 5, 6], [3, 3, 2, 3], 2, 1, 3],
  ['depthwise', [1, 4, 4, 3], [3, 3, 3, 1], 1, 1, 3],
  ['depthwise, stride 2, multiplier 2', [1, 4, 4, 2], [3, 3, 2, 2], 2, 1, 2],
];

test.before(() => tf.setBackend('cpu'));

for (const [name, xShape, fShape, stride, padding, groups] of cases) {
  test(`convolution with PyTorch's padding: ${name}`, (t) => {
    const inputs = [values(xShape), values(fShape, 2)];
    const options = { stride, padding, groups };
    close(t, op(options)(inputs[0], inputs[1]), byDefinition(stride, padding, groups)(inputs[0], inputs[1]), {
      absolute: 1e-5,
    });
    checkGradients(t, op(options), convolutions(stride, padding, groups), inputs);
  });
}

test('a convolution names the shapes that do not fit', (t) => {
  t.throws(() => op({ groups: 2 })(values([1, 4, 4, 4]), values([3, 3, 4, 4])), {
    code: 'KDX_SHAPE',
    message: /\[kh, kw, I\/2, O\]/,
  });
});
