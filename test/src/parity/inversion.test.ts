import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { type Model } from '@kdx/core';
import { model } from '@kdx/models';
import { hardCrossEntropy } from '@kdx/nn';
import {
  adiLoss,
  batchNormDistance,
  batchNormsOf,
  classPairs,
  divergenceLoss,
  meanImageNorm,
  totalVariationL1,
  totalVariationL2,
} from '@kdx/plugin-df-dearkd';
import {
  exportState,
  type HostTensor,
  keyedRng,
  readSafetensors,
  valueAndGradients,
  writeSafetensors,
} from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { sameTensors } from '../support/same-tensors.js';
import { torchTest } from '../support/torch-test.js';
import { pytorchTest, runPytorch } from './pytorch.js';

// All losses of an inversion and the gradient of their sum by the pixels, against PyTorch in float64.

const [B, SIZE, CLASSES] = [6, 12, 5];
const LABELS = [3, 1, 3, 0, 3, 1];

interface InversionCase {
  readonly kind: 'boundary' | 'push' | 'triplet' | 'adi' | 'none';
  readonly form?: 'code' | 'paper';
  readonly first?: number;
  /** Whether the batch norms' distance is all there is. */
  readonly alone?: boolean;
  /** Of the boundary's half. */
  readonly boundaryWeight?: number;
}

const CASES: readonly InversionCase[] = [
  { kind: 'boundary' },
  { kind: 'boundary', boundaryWeight: 0 },
  { kind: 'push' },
  { kind: 'triplet', first: 1 },
  { kind: 'adi', form: 'code' },
  { kind: 'adi', form: 'paper' },
  { kind: 'none', alone: true },
];

const OPTIONS = { margin: 0.01, boundaryMargin: 0.5, boundaryWeight: 1.5, limit: 0.8 };

const root = mkdtempSync(join(tmpdir(), 'kdx-inversion-'));
test.after.always(() => rmSync(root, { recursive: true }));

const drawn = (what: string, shape: number[], from: (normal: number) => number = (x) => x): HostTensor => {
  const rng = keyedRng(11, what);
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float32Array.from({ length: size }, () => from(rng.normal())) };
};

/** Those of a class resemble each other, so that some are nearer to each other than to the next class. */
function images(): HostTensor {
  const shape = [B, SIZE, SIZE, 3];
  const { data } = drawn('images', shape, (x) => 0.3 * x);
  const size = data.length / B;
  LABELS.forEach((label, i) => {
    const rng = keyedRng(11, 'class', label);
    for (let at = i * size; at < (i + 1) * size; at++) data[at] += rng.normal();
  });
  return { shape, data };
}

/** Scales, shifts and statistics of their own: initially they are 1, 0, 0 and 1, and one could stand for another. */
function moveVectors({ parameters, buffers }: Model): void {
  for (const [name, { variable }] of [...parameters, ...buffers]) {
    if (variable.rank !== 1) continue;
    const isPositive = /(weight|running_var)$/.test(name);
    const { data } = drawn(name, variable.shape, (x) => (isPositive ? 1 + 0.3 * Math.tanh(x) : 0.3 * x));
    tf.tidy(() => variable.assign(tf.tensor(data, variable.shape)));
  }
}

async function compare(t: ExecutionContext, given: InversionCase, backend: 'wasm' | 'torch'): Promise<void> {
  await (backend === 'torch' ? torchBackend() : wasmBackend()).load({ threads: 1 });
  const network = await model(`cifar_resnet8?img=${SIZE}`).build({ classes: CLASSES, seed: 3 });
  moveVectors(network);
  const { kind, form = 'code', first = 10, alone = false } = given;
  const rest = alone ? 0 : 1;
  const weights = { ce: rest, tvL2: 0.05 * rest, tvL1: 0.3 * rest, l2: 0.1 * rest, batchNorm: 0.2 };
  const all = { ...weights, divergence: 2 * rest };
  const batch = {
    images: images(),
    other: drawn('other', [B, CLASSES], (x) => 4 * x),
  };
  const folder = mkdtempSync(join(root, 'case-'));
  const file = (name: string) => join(folder, name);
  await writeSafetensors(file('network'), await exportState(network.parameters, network.buffers), {});
  await writeSafetensors(file('batch'), new Map(Object.entries(batch)), {});
  writeFileSync(
    file('case'),
    JSON.stringify({ ...OPTIONS, ...given, form, first, labels: LABELS, weights: all }),
  );
  const flags = ['network', 'batch', 'case', 'out'].flatMap((name) => [`--${name}`, file(name)]);
  await runPytorch('inversion_losses.py', flags);
  const theirs = (await readSafetensors(file('out'))).tensors;

  const statistics = (await exportState(new Map(), network.buffers)).values();
  const before = [...statistics].map(({ data }) => data.slice());
  const pixels = tf.variable(tf.tensor4d(batch.images.data as Float32Array, [B, SIZE, SIZE, 3]));
  const other = tf.tensor2d(batch.other.data as Float32Array, [B, CLASSES]);
  const layers = batchNormsOf(network);
  const pairs = classPairs(LABELS);
  const ours = new Map<string, tf.Tensor>();
  const loss = (): tf.Scalar => {
    const images = pixels as tf.Tensor as tf.Tensor4D;
    const taps = [...layers.map(({ tap }) => tap), 'fc:in'];
    const output = network.forward(images, { training: false, taps });
    const divergence = (): tf.Scalar => {
      if (kind === 'none') return tf.scalar(0);
      if (kind === 'adi') return adiLoss(other, output.logits, { form });
      return divergenceLoss(output.taps['fc:in'] as tf.Tensor2D, pairs, { ...OPTIONS, ...given, kind });
    };
    const parts = {
      ce: hardCrossEntropy(output.logits, tf.tensor1d(LABELS, 'int32')),
      tvL2: totalVariationL2(images),
      tvL1: totalVariationL1(images),
      l2: meanImageNorm(images),
      batchNorm: batchNormDistance(output.taps, layers, { firstMultiplier: first }),
      divergence: divergence(),
    };
    for (const [name, part] of Object.entries(parts)) ours.set(name, tf.keep(tf.clone(part)));
    const weighted = Object.entries(parts).map(([name, part]) => tf.mul(part, all[name as keyof typeof all]));
    return tf.addN(weighted) as tf.Scalar;
  };
  const { value, gradients } = valueAndGradients(loss, [pixels]);
  ours.set('total', value);
  ours.set('gradient', gradients[0] as tf.Tensor);
  sameTensors(t, ours, theirs, 3e-6);
  t.true((theirs.get('divergence')?.data[0] as number) > 0.01 || kind === 'none');
  const after = (await exportState(new Map(), network.buffers)).values();
  t.deepEqual(
    [...after].map(({ data }) => data),
    before,
    'the network’s statistics stay as they were, bit for bit',
  );
  pairs.dispose();
  tf.dispose([pixels, other, ...ours.values()]);
  network.dispose();
}

for (const given of CASES) {
  const title = Object.entries(given)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  pytorchTest(test, test.serial)(
    `losses of an inversion and their gradient are PyTorch's: ${title} (wasm)`,
    (t) => compare(t, given, 'wasm'),
  );
  pytorchTest(test, torchTest(test, test.serial))(
    `losses of an inversion and their gradient are PyTorch's: ${title}`,
    (t) => compare(t, given, 'torch'),
  );
}
