import { normalizeImages } from '@kdx/core/run';
import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import {
  activation,
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  detach,
  dropout,
  globalAveragePool,
  hardCrossEntropy,
  klDivergence,
  Linear,
  maxPool,
  meanSquaredError,
  type Network,
  PatchEmbed,
  runForward,
  Sequential,
  TransformerBlock,
} from './index.js';
import { values } from './testing/gradients.js';
import { TestScope } from './testing/test-scope.js';

const classes = 3;

function convolutional(root: TestScope): Network {
  const stem = new Sequential(root.child('stem'), [
    (s) => new Conv2d(s, 2, 4, 3, { padding: 1, bias: false }),
    (s) => new BatchNorm2d(s, 4),
    activation(tf.relu),
    (s) => new Conv2d(s, 4, 4, 3, { padding: 1, groups: 2 }),
  ]);
  const fc = new Linear(root.child('fc'), 4, classes);
  return (images, call) => {
    const map = maxPool(stem.apply(images, call) as tf.Tensor4D, 2);
    const features = dropout(globalAveragePool(map), 0.2, call.rng('features'));
    return { class: fc.apply(features, call) as tf.Tensor2D };
  };
}

function transformer(root: TestScope): Network {
  const embed = new PatchEmbed(root.child('patch_embed'), 2, 4, 2);
  const options = { dropPath: 0.2, dropout: 0.1, attentionDropout: 0.1 };
  const block = new TransformerBlock(root.child('blocks').child(0), 4, 2, options);
  const head = new Linear(root.child('head'), 4, classes);
  return (images, call) => {
    const tokens = block.apply(embed.apply(images, call), call);
    return { class: head.apply(tf.mean(tokens, 1), call) as tf.Tensor2D };
  };
}

test.before(() => tf.setBackend('cpu'));

for (const [name, tap, build] of [
  ['convolutional net', 'stem.0', convolutional],
  ['transformer', 'blocks.0.attn', transformer],
] as const) {
  test.serial(`1,000 steps of a small ${name} lower the loss and leak nothing`, (t) => {
    const root = new TestScope();
    const network = build(root);
    const x = tf.abs(values([4, 4, 4, 2])) as tf.Tensor4D;
    const labels = tf.tensor1d([0, 1, 2, 1], 'int32');
    const targets = tf.oneHot(labels, classes).cast('float32') as tf.Tensor2D;
    const teacher = values([4, classes], 3) as tf.Tensor2D;
    const variables = root.variables;

    const step = (index: number) =>
      tf.tidy(() => {
        const images = normalizeImages(x, { mean: [0.5, 0.5], std: [0.5, 0.25] });
        const { value, grads } = tf.variableGrads(() => {
          const rng = (purpose: string) => keyedRng(0, index, purpose);
          const { logits, taps } = runForward(images, { training: true, taps: [tap], rng }, network);
          const hint = meanSquaredError(taps[tap], detach(tf.mul(taps[tap], 0.5)));
          const task = tf.add(crossEntropy(logits, targets), hardCrossEntropy(logits, labels));
          const soft = klDivergence(logits, teacher, { temperature: 4 });
          return tf.addN([task, tf.mul(soft, 0.01), tf.mul(hint, 0.01)]) as tf.Scalar;
        }, variables);
        for (const variable of variables)
          variable.assign(tf.sub(variable, tf.mul(grads[variable.name], 0.05)));
        return index % 100 === 0 || index === 999 ? value.dataSync()[0] : 0;
      });

    const first = step(0);
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    let last = first;
    for (let index = 1; index < 1000; index++) {
      last = step(index) || last;
      if (index % 100 === 0) t.is(tf.memory().numTensors, numTensors, `step ${index}`);
    }
    t.is(tf.memory().numTensors, numTensors);
    t.is(tf.memory().numBytes, numBytes);
    t.is(tf.memory().numDataBuffers, numDataBuffers);
    t.true(last < 0.7 * first, `loss ${first} → ${last}`);
  });
}
