import { type Model } from '@kdx/core';
import { crossEntropy } from '@kdx/nn';
import { keyedRng, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { model } from '../families/registry.js';

await tf.setBackend('cpu');

interface Storage {
  set(id: object, value: { readonly values?: { readonly byteLength: number } }): void;
  delete(id: object): boolean;
}

/** Counts bytes of distinct storage of the CPU back end while `run` runs, beyond what there was. */
function watch(run: (now: () => number) => void): { readonly peak: number; readonly left: number } {
  const { data } = tf.backend() as unknown as { data: Storage };
  const held = new Map<object, number>();
  let bytes = 0;
  let peak = 0;
  const { set, delete: remove } = data;
  data.set = (id, value) => {
    held.set(id, value.values?.byteLength ?? 0);
    bytes += held.get(id) as number;
    peak = Math.max(peak, bytes);
    set.call(data, id, value);
  };
  data.delete = (id) => {
    bytes -= held.get(id) ?? 0;
    held.delete(id);
    return remove.call(data, id);
  };
  try {
    tf.tidy(() => run(() => bytes));
  } finally {
    Object.assign(data, { set, delete: remove });
  }
  return { peak, left: bytes };
}

const FLOAT = 4;
const BATCH = 4;

/** Storage held when the forward of a training step is done, and at the step's peak. */
function trainingStep(network: Model): { forward: number; peak: number; left: number } {
  const [H, W, C] = network.spec.inputSize;
  const images = tf.randomUniform<tf.Rank.R4>([BATCH, H, W, C], 0, 1, 'float32', 1);
  const targets = tf.ones<tf.Rank.R2>([BATCH, network.spec.classes]);
  let forward = 0;
  const { peak, left } = watch((now) => {
    const loss = () => {
      const { logits } = network.forward(images, { training: true, rng: (purpose) => keyedRng(1, purpose) });
      const value = crossEntropy(logits, targets);
      forward = now();
      return value;
    };
    valueAndGradients(
      loss,
      [...network.parameters.values()].map(({ variable }) => variable),
    );
  });
  return { forward, peak, left };
}

test.serial('a ViT keeps for its backward pass what PyTorch keeps', async (t) => {
  const [D, heads, depth, classes] = [48, 2, 3, 5];
  const options = `img=16&patch=4&dim=${D}&heads=${heads}&depth=${depth}`;
  const network = await model(`deit_tiny_patch16_224?${options}`).build({ classes });
  const T = 17;
  const tokens = BATCH * T * D * FLOAT;
  const weights = BATCH * heads * T * T * FLOAT;
  // A block: inputs of both norms, of the projections and of the MLP's two layers and GELU; q, k and v; the weights.
  const block = (2 + 1 + 3 + 1 + 1 + 4 + 4) * tokens + weights;
  const { forward, peak, left } = trainingStep(network);
  t.true(forward <= 1.06 * (depth * block + 2 * tokens), `${forward} bytes for ${depth} blocks of ${block}`);
  t.true(forward >= depth * block, 'or something is counted that is not kept');
  const gradients = network.spec.parameterCount * FLOAT;
  // The backward of the GELU is composed of plain ops on this back end: 9 hidden tensors.
  t.true(peak <= forward + gradients + 9 * 4 * tokens, `${peak} bytes at the peak`);
  t.is(left, 0);
  network.dispose();
});

test.serial('a ResNet keeps for its backward pass what PyTorch keeps', async (t) => {
  const network = await model('cifar_resnet8?img=16').build({ classes: 5 });
  const map = (channels: number, side: number) => BATCH * channels * side * side * FLOAT;
  const [one, two, three] = [map(16, 16), map(32, 8), map(64, 4)];
  // Per convolution its output (the batch norm's input) and, after a ReLU, that: the next convolution's input.
  const expected = 2 * one + 4 * one + 5 * two + 5 * three;
  const { forward, peak, left } = trainingStep(network);
  t.true(forward <= 1.06 * expected, `${forward} bytes, of maps ${expected}`);
  t.true(forward >= expected, 'or something is counted that is not kept');
  t.true(peak <= forward + network.spec.parameterCount * FLOAT + 8 * one, `${peak} bytes at the peak`);
  const buffers = [...network.buffers.values()].reduce((sum, { variable }) => sum + variable.size, 0);
  t.is(left, buffers * FLOAT, 'the new running statistics, in place of the old');
  network.dispose();
});

test.serial('pixels learn through a frozen model without the inputs of its layers', async (t) => {
  const network = await model('cifar_resnet8?img=16').build({ classes: 5 });
  const pixels = tf.variable(tf.randomUniform<tf.Rank.R4>([BATCH, 16, 16, 3], 0, 1, 'float32', 1));
  let forward = 0;
  const { left } = watch((now) => {
    const loss = () => {
      const { logits } = network.forward(pixels as tf.Variable<tf.Rank.R4>, { training: false });
      forward = now();
      return tf.sum(logits) as tf.Scalar;
    };
    const [gradient] = valueAndGradients(loss, [pixels]).gradients;
    t.deepEqual(gradient?.shape, pixels.shape);
  });
  t.is(left, 0);
  const map = (channels: number, side: number) => BATCH * channels * side * side * FLOAT;
  // The outputs of the seven ReLUs say where a gradient passes; nothing else is needed.
  const relus = 3 * map(16, 16) + 2 * map(32, 8) + 2 * map(64, 4);
  t.true(forward <= 1.1 * relus, `${forward} bytes, of ReLUs ${relus}`);
  network.dispose();
  pixels.dispose();
});

test.serial('a frozen forward holds a few activations, however deep the model', async (t) => {
  const peakOf = async (name: string) => {
    const network = await model(name).build({ classes: 5 });
    const [H, W, C] = network.spec.inputSize;
    const images = tf.zeros<tf.Rank.R4>([BATCH, H, W, C]);
    const { peak } = watch(() => void network.forward(images, { training: false }));
    network.dispose();
    return peak;
  };
  const resnet = (depth: number) => peakOf(`cifar_resnet${depth}?img=16`);
  t.is(await resnet(20), await resnet(14));
  const vit = (depth: number) => peakOf(`deit_tiny_patch16_224?img=16&patch=4&dim=48&heads=2&depth=${depth}`);
  t.is(await vit(4), await vit(2));
});
