import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { BatchNorm2d } from '../layers/batch-norm.js';
import { Layer } from '../layers/layer.js';
import { Linear } from '../layers/linear.js';
import { Sequential } from '../layers/sequential.js';
import { globalAveragePool } from '../ops/pool.js';
import { close, values } from '../testing/gradients.js';
import { TestScope } from '../testing/test-scope.js';
import { type Network, runForward } from './run-forward.js';
import { traceTaps } from './trace-taps.js';

/** Adds 1 and counts how often. */
class Count extends Layer {
  static ran: string[] = [];
  protected override forward(x: tf.Tensor): tf.Tensor {
    Count.ran.push(this.path);
    return tf.add(x, 1);
  }
}

function network() {
  const root = new TestScope();
  const build = (scope: typeof root) => new Sequential(scope, [(s) => new Count(s), (s) => new Count(s)]);
  const [first, second] = [build(root.child('stage1')), build(root.child('stage2'))];
  const norm = new BatchNorm2d(root.child('norm'), 3);
  const fc = new Linear(root.child('fc'), 3, 5);
  const run: Network = (images, call) => {
    const features = globalAveragePool(
      norm.apply(second.apply(first.apply(images, call), call), call) as tf.Tensor4D,
    );
    return { class: fc.apply(features, call) as tf.Tensor2D };
  };
  return { root, run, norm };
}

const images = () => values([4, 2, 2, 3]) as tf.Tensor4D;

test.before(() => tf.setBackend('cpu'));
test.beforeEach(() => {
  Count.ran = [];
});

test.serial('taps hold inputs and outputs of the layers that were asked for, and no others', (t) => {
  const { run } = network();
  const x = images();
  const output = runForward(x, { training: false, taps: ['stage1.0:in', 'stage1', 'stage2.0'] }, run);
  t.deepEqual(Object.keys(output.taps), ['stage1.0:in', 'stage1', 'stage2.0']);
  close(t, output.taps['stage1.0:in'], x);
  close(t, output.taps.stage1, x.add(2));
  close(t, output.taps['stage2.0'], x.add(3));
  t.deepEqual(output.logits.shape, [4, 5]);
  t.is(output.heads.class, output.logits);
});

test.serial('without logits no layer runs past the last tap, whatever their order in the request', (t) => {
  const { run } = network();
  const x = images();
  const options = { training: false, logits: false };
  const output = runForward(x, { ...options, taps: ['stage2.0', 'stage1.0'] }, run);
  t.deepEqual(Count.ran, ['stage1.0', 'stage1.1', 'stage2.0']);
  close(t, output.taps['stage2.0'], x.add(3));
  t.throws(() => output.logits, { code: 'KDX_READ_UNDECLARED' });
  t.throws(() => output.heads, { code: 'KDX_READ_UNDECLARED' });

  Count.ran = [];
  runForward(x, { ...options, taps: ['stage2.1:in'] }, run);
  t.deepEqual(Count.ran, ['stage1.0', 'stage1.1', 'stage2.0']);
  Count.ran = [];
  t.deepEqual(runForward(x, options, run).taps, {});
  t.deepEqual(Count.ran, []);
});

test.serial('an early end neither moves later batch-norm statistics nor breaks the gradient', (t) => {
  const { run, norm } = network();
  const x = images();
  const tapped = (v: tf.Tensor) =>
    runForward(v as tf.Tensor4D, { training: true, logits: false, taps: ['stage1'] }, run).taps.stage1;
  close(t, tf.grad((v) => tapped(v).square().sum())(x), x.add(2).mul(2));
  close(t, norm.runningMean, [0, 0, 0]);
  t.is(tf.engine().state.gradientDepth, 0);
  t.is(tf.engine().state.kernelDepth, 0);
});

test.serial('a tap on the tape passes gradients to the layers before it', (t) => {
  const { run, root } = network();
  const { grads } = tf.variableGrads(
    () =>
      runForward(images(), { training: true, taps: ['norm'] }, run)
        .taps.norm.square()
        .sum(),
    root.variables,
  );
  t.truthy(grads[root.parameters.get('norm.weight')!.variable.name]);
  t.falsy(grads[root.parameters.get('fc.weight')!.variable.name]);
});

test.serial('a forward leaves only its outputs behind', (t) => {
  const { run } = network();
  const x = images();
  for (const options of [{ logits: true }, { logits: false }]) {
    const before = tf.memory();
    const output = runForward(
      x,
      { training: false, taps: ['stage1:in', 'stage1', 'stage2.0'], ...options },
      run,
    );
    t.is(tf.memory().numTensors - before.numTensors, options.logits ? 4 : 3);
    for (const tap of Object.values(output.taps)) tap.dispose();
    if (options.logits) output.logits.dispose();
    t.is(tf.memory().numTensors, before.numTensors);
    t.is(tf.memory().numBytes, before.numBytes);
  }
  close(t, x.slice([0, 0, 0, 0], [1, 1, 1, 1]), x.dataSync().slice(0, 1));
});

test.serial('an outer tidy disposes taps and heads like any tensor', (t) => {
  const { run } = network();
  const x = images();
  const { numTensors } = tf.memory();
  tf.tidy(() => {
    runForward(x, { training: false, taps: ['stage1'] }, run);
  });
  t.is(tf.memory().numTensors, numTensors);
});

test.serial('an unknown tap is an error with a suggestion, and leaks nothing', (t) => {
  const { run } = network();
  const x = images();
  const { numTensors } = tf.memory();
  t.throws(() => runForward(x, { training: false, taps: ['stage1', 'stage2.O'] }, run), {
    code: 'KDX_TAP_UNKNOWN',
    message: /"stage2\.O".*Did you mean "stage2\.\d"/,
  });
  t.is(tf.memory().numTensors, numTensors);
});

test.serial('a tap on a layer that runs twice is refused', (t) => {
  const layer = new Count(new TestScope('shared'));
  const twice: Network = (x, call) => ({ class: layer.apply(layer.apply(x, call), call) as tf.Tensor2D });
  t.throws(() => runForward(images(), { training: false, taps: ['shared'] }, twice), {
    code: 'KDX_TAP_TWICE',
  });
});

test.serial('a trace lists every tap in forward order with its shape, and leaves nothing behind', (t) => {
  const { run, norm } = network();
  const { numTensors } = tf.memory();
  const shapes = traceTaps([2, 2, 3], run);
  t.is(tf.memory().numTensors, numTensors);
  t.deepEqual(
    [...shapes.keys()],
    [
      'stage1:in',
      'stage1.0:in',
      'stage1.0',
      'stage1.1:in',
      'stage1.1',
      'stage1',
      'stage2:in',
      'stage2.0:in',
      'stage2.0',
      'stage2.1:in',
      'stage2.1',
      'stage2',
      'norm:in',
      'norm',
      'fc:in',
      'fc',
    ],
  );
  t.deepEqual(shapes.get('stage2.1'), [2, 2, 3]);
  t.deepEqual(shapes.get('fc:in'), [3]);
  t.deepEqual(shapes.get('fc'), [5]);
  close(t, norm.runningMean, [0, 0, 0]);
  // Inside a gradient, too.
  tf.grad((v) => {
    t.is(traceTaps([2, 2, 3], run).size, shapes.size);
    return v.sum();
  })(tf.ones([2]));
});
