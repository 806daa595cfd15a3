// One iteration of an inversion in kdx: the peer of synthesis-pytorch.py, whose protocol it speaks. stepper.mjs starts it.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { torchBackend } from '@kdx/backend-torch';
import { model } from '@kdx/models';
import { crossEntropy } from '@kdx/nn';
import {
  batchNormDistance,
  batchNormsOf,
  classPairs,
  divergenceLoss,
  meanImageNorm,
  totalVariationL2,
} from '@kdx/plugin-df-dearkd';
import { adam, keyedRng, Optimizer, valueAndGradients } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'cifar_resnet56' },
    weights: { type: 'string' },
    batch: { type: 'string', default: '100' },
    size: { type: 'string', default: '32' },
    'per-class': { type: 'string', default: '4' },
    precision: { type: 'string', default: 'float32' },
    threads: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    warmup: { type: 'string', default: '3' },
  },
});
const [B, size] = [Number(flags.batch), Number(flags.size)];
const threads = flags.threads === 'auto' ? 'auto' : Number(flags.threads);
const backend = await torchBackend().load({ threads, precision: flags.precision, device: flags.device });

const network = await model(`${flags.model}?img=${size}`, { weights: flags.weights }).build({ classes: 100 });
const labels = Int32Array.from({ length: B }, (_, i) => Math.floor(i / Number(flags['per-class'])) % 100);
const targets = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 100), 'float32'));
const pairs = classPairs(labels);
const layers = batchNormsOf(network);
const feature = `${network.spec.classHead.replace(/\.weight$/, '')}:in`;
const taps = [...layers.map(({ tap }) => tap), feature];
const { mean, std } = network.spec;
const [low, high] = [0, 1].map((end) => tf.tensor1d(mean.map((m, c) => (end - m) / std[c])));
const pixels = tf.tidy(() => tf.variable(tf.randomNormal([B, size, size, 3])));
const parameter = { name: 'pixels', variable: pixels, layout: 'same', decay: false };
const optimizer = new Optimizer(adam({ betas: [0.5, 0.9] }));

function roll(x, by, axis) {
  const first = (((-by % size) + size) % size) | 0;
  if (first === 0) return x;
  const [head, tail] = tf.split(x, [first, size - first], axis);
  return tf.concat([tail, head], axis);
}

let iteration = 0;
function step() {
  const rng = keyedRng(0, 'view', iteration);
  iteration += 1;
  const [down, right] = [rng.integer(5) - 2, rng.integer(5) - 2];
  const flipped = rng.uniform() < 0.5;
  const loss = () => {
    const rolled = roll(roll(pixels, down, 1), right, 2);
    const seen = flipped ? tf.reverse(rolled, 2) : rolled;
    const output = network.forward(seen, { training: false, taps });
    return tf.addN([
      crossEntropy(output.logits, targets),
      tf.mul(totalVariationL2(seen), 1e-3),
      tf.mul(meanImageNorm(seen), 1e-5),
      tf.mul(batchNormDistance(output.taps, layers), 0.1),
      tf.mul(divergenceLoss(output.taps[feature], pairs, { kind: 'boundary' }), 0.5),
    ]);
  };
  const value = tf.tidy(() => {
    const { value, gradients } = valueAndGradients(loss, [pixels]);
    optimizer.apply([{ parameter, gradient: gradients[0] }], 0.1);
    pixels.assign(tf.minimum(tf.maximum(pixels, low), high));
    return tf.keep(value);
  });
  const [number] = value.dataSync();
  value.dispose();
  return number;
}

const answer = (values) => process.stdout.write(`${JSON.stringify(values)}\n`);
for (let i = 0; i < Number(flags.warmup); i++) step();
answer({ ready: true, model: flags.model, batch: B, ...backend });
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'step') throw new Error(`step_kdx.mjs takes "step" and got "${line}".`);
  const [began, used] = [performance.now(), process.cpuUsage()];
  const loss = step();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(used);
  answer({ ms, cpu_ms: (user + system) / 1000, loss });
}
