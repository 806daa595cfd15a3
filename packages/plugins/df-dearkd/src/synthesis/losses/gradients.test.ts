import { model } from '@kdx/models';
import { withDetach } from '@kdx/nn';
import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { adiLoss } from './adi.js';
import { batchNormDistance, batchNormsOf } from './batch-norm-distance.js';
import { classPairs, type DivergenceLossOptions, divergenceLoss } from './divergence.js';
import { meanImageNorm, totalVariationL1, totalVariationL2 } from './prior.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const random = (shape: number[], key: string): tf.Tensor => {
  const rng = keyedRng(2, key);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => rng.normal()),
    shape,
  );
};

type Loss = (x: tf.Tensor) => tf.Scalar;

/**
 * Compares a loss's gradient with central differences, along random directions and along itself. What the loss detaches is
 * held as it is at `x`, as its gradient means it.
 */
function check(t: ExecutionContext, loss: Loss, x: tf.Tensor, step: number, allowed = 0.01): void {
  const held: tf.Tensor[] = [];
  const note = (y: tf.Tensor) => {
    held.push(tf.keep(tf.clone(y)));
    return y;
  };
  withDetach(note, () => loss(x)).dispose();
  const at = (direction: tf.Tensor, h: number): number =>
    tf.tidy(() => {
      const given = held[Symbol.iterator]();
      const replay = () => given.next().value as tf.Tensor;
      return withDetach(replay, () => loss(tf.add(x, tf.mul(direction, h)))).dataSync()[0];
    });
  const gradient = tf.grad(loss)(x);
  const size = tf.norm(gradient).dataSync()[0];
  t.true(size > 1e-3, `a gradient of ${size} would show nothing`);
  const unit = (y: tf.Tensor) => tf.div(y, tf.norm(y));
  const random3 = [1, 2, 3].map((key) => unit(random(x.shape, `direction ${key}`)));
  for (const direction of [unit(gradient), ...random3]) {
    const slope = tf.sum(tf.mul(gradient, direction)).dataSync()[0];
    const measured = (at(direction, step) - at(direction, -step)) / (2 * step);
    t.true(Math.abs(slope - measured) <= allowed * size, `${slope}, and by differences ${measured}`);
  }
  tf.dispose(held);
}

const images = () => random([2, 4, 5, 3], 'images');

test('priors have the gradients that differences show', (t) => {
  check(t, (x) => totalVariationL2(x as tf.Tensor4D), images(), 1e-2);
  check(t, (x) => totalVariationL1(x as tf.Tensor4D), images(), 1e-3);
  check(t, (x) => meanImageNorm(x as tf.Tensor4D), images(), 1e-2);
});

test('the distance of batch-norm statistics has it through mean and variance', (t) => {
  const layer = { path: 'bn', tap: 'bn:in', mean: random([3], 'mean'), variance: tf.ones([3]) };
  check(t, (x) => batchNormDistance({ 'bn:in': x }, [layer]), images(), 1e-2);
});

test('and through all batch norms of a network', async (t) => {
  const resnet = await model('cifar_resnet8?img=8').build({ classes: 3 });
  const layers = batchNormsOf(resnet);
  const taps = layers.map(({ tap }) => tap);
  const distance: Loss = (x) => {
    const output = resnet.forward(x as tf.Tensor4D, { training: false, taps, logits: false });
    return batchNormDistance(output.taps, layers);
  };
  check(t, distance, random([3, 8, 8, 3], 'pixels'), 2e-2, 0.02);
  resnet.dispose();
});

test('the intra-divergence losses have it, what is detached held', (t) => {
  const pairs = classPairs([0, 0, 0, 1, 1, 1]);
  const features = random([6, 5], 'features');
  const cases: DivergenceLossOptions[] = [
    { kind: 'boundary', margin: 0, boundaryWeight: 0 },
    { kind: 'boundary', margin: 0, boundaryMargin: 1.9, boundaryWeight: 2 },
    { kind: 'push', limit: 1.9 },
    { kind: 'triplet', boundaryMargin: 1.9 },
  ];
  // Of one class nearer to each other, so that all of it is there.
  const given = tf.add(tf.mul(features, 0.4), [[1], [1], [1], [-1], [-1], [-1]]);
  for (const options of cases) check(t, (x) => divergenceLoss(x as tf.Tensor2D, pairs, options), given, 2e-3);
  pairs.dispose();
});

test('adaptive inversion has it through both networks', (t) => {
  const [student, teacher] = [random([3, 4], 'student'), random([3, 4], 'teacher')];
  for (const form of ['code', 'paper'] as const) {
    check(t, (x) => adiLoss(x as tf.Tensor2D, teacher as tf.Tensor2D, { form }), student, 2e-2);
    check(t, (x) => adiLoss(student as tf.Tensor2D, x as tf.Tensor2D, { form }), teacher, 2e-2);
  }
});
