import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { forwardCall } from '../forward/call.js';
import { runForward } from '../forward/run-forward.js';
import { close, values } from '../testing/gradients.js';
import { TestScope } from '../testing/test-scope.js';
import { BatchNorm2d } from './batch-norm.js';
import { chain } from './chain.js';
import { convBatchNormLinks } from './conv-batch-norm.js';
import { Conv2d } from './conv2d.js';
import { DropPath } from './drop-path.js';
import { Layer } from './layer.js';

test.before(() => tf.setBackend('cpu'));

const call = forwardCall({ training: false });
const kept = tf.keep(tf.scalar(1));

class Keeper extends Layer {
  protected override forward(): tf.Tensor {
    return kept;
  }
}

test.serial('a chain holds one output at a time, and frees nothing that is not its own', (t) => {
  const scope = new TestScope();
  const x = values([100]);
  const buffers: number[] = [];
  const link = (y: tf.Tensor) => {
    buffers.push(tf.memory().numDataBuffers);
    return tf.add(y, 1);
  };
  const y = chain([link, new DropPath(scope.child('drop'), 0), link, link, link], x, call);
  t.deepEqual([...new Set(buffers.slice(1))], [buffers[0] + 1]);
  close(t, y, x.add(4));
  t.is(chain([new DropPath(scope.child('drop2'), 0)], x, call), x);
  t.is(chain([], x, call), x);
  close(t, chain([link, new Keeper(scope.child('keeper')), link], x, call), [2]);
  t.false(kept.isDisposed);
  t.false(x.isDisposed);
});

test.serial('its gradient is that of the links', (t) => {
  const x = values([2, 3]);
  const f = (v: tf.Tensor) => chain([tf.square, (y) => tf.mul(y, 3), tf.sin], v, call).sum();
  close(t, tf.grad(f)(x), x.square().mul(3).cos().mul(x.mul(6)));
});

function convNorm() {
  const root = new TestScope();
  const conv = new Conv2d(root.child('conv'), 3, 4, 3, { padding: 1, bias: false });
  const norm = new BatchNorm2d(root.child('bn'), 4);
  tf.tidy(() => norm.runningMean.assign(values([4]) as tf.Tensor1D));
  return { conv, norm };
}

test.serial(
  'convolution and batch norm are one op when nobody looks between, with exact taps when one does',
  (t) => {
    const { conv, norm } = convNorm();
    const images = values([2, 4, 4, 3]) as tf.Tensor4D;
    const shortcut = values([2, 4, 4, 4], 3);
    let calls = 0;
    tf.registerKernel({
      kernelName: 'KdxFrozenConv',
      backendName: 'cpu',
      kernelFunc: () => {
        calls += 1;
        return [tf.zeros([2, 4, 4, 4])];
      },
    });
    try {
      const run = (training: boolean, taps: string[] = []) =>
        runForward(images, { training, taps }, (x, call) => {
          const links = convBatchNormLinks(conv, norm, call, { residual: () => shortcut, relu: true });
          return { class: chain(links, x, call).reshape([2, 64]) as tf.Tensor2D };
        });
      t.true(
        run(false)
          .logits.dataSync()
          .every((value) => value === 0),
      );
      t.is(calls, 1);
      for (const path of ['conv:in', 'conv', 'bn:in', 'bn']) {
        const { logits, taps } = run(false, [path]);
        const y = tf.conv2d(images, conv.weight as tf.Variable<tf.Rank.R4>, 1, 1);
        const normed = y.sub(norm.runningMean).div(Math.sqrt(1 + 1e-5));
        close(t, taps[path], { 'conv:in': images, conv: y, 'bn:in': y, bn: normed }[path] as tf.Tensor, {
          absolute: 1e-5,
        });
        close(t, logits, normed.add(shortcut).relu(), { absolute: 1e-5 });
      }
      run(true);
      t.is(calls, 1);
      t.throws(() => run(false, ['conv.x']), { code: 'KDX_TAP_UNKNOWN', message: /lists all 4/ });
    } finally {
      tf.unregisterKernel('KdxFrozenConv', 'cpu');
    }
  },
);

test.serial('a layer that computes in its own way is left to itself', (t) => {
  const { norm } = convNorm();
  class Doubled extends Conv2d {
    protected override forward(x: tf.Tensor): tf.Tensor {
      return super.forward(x).mul(2);
    }
  }
  const root = new TestScope();
  const doubled = new Doubled(root.child('conv'), 3, 4, 3, { padding: 1, bias: false });
  const biased = new Conv2d(root.child('biased'), 3, 4, 3);
  t.deepEqual(convBatchNormLinks(doubled, norm, call), [doubled, norm]);
  t.deepEqual(convBatchNormLinks(biased, norm, call), [biased, norm]);
});
