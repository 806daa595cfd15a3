import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { attentionDistances, model } from '@kdx/models';
import { crossEntropy } from '@kdx/nn';
import {
  exportState,
  type HostTensor,
  keyedRng,
  readSafetensors,
  toDisk,
  valueAndGradients,
  writeSafetensors,
} from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { torchTest } from '../support/torch-test.js';
import { pytorchTest, runPytorch } from './pytorch.js';

// Convolutional attention (MHCA) in a DeiT: logits, gradients of all parameters and attention distances, against PyTorch
// in float64.

interface MhcaCase {
  readonly base: string;
  readonly blocks: number;
  readonly mode: 'additive' | 'gated';
}

const CASES: readonly MhcaCase[] = [
  { base: 'deit_tiny_distilled_patch16_224', blocks: 2, mode: 'additive' },
  { base: 'deit_tiny_distilled_patch16_224', blocks: 2, mode: 'gated' },
  { base: 'deit_tiny_patch16_224', blocks: 3, mode: 'additive' },
  { base: 'vit_tiny_patch16_224', blocks: 0, mode: 'additive' },
];

const [BATCH, PATCH, CLASSES, HEADS] = [3, 4, 5, 4];
const GRID = [3, 2] as const;
const IMAGE = [GRID[0] * PATCH, GRID[1] * PATCH, 3] as const;
const OPTIONS = `img=${IMAGE[0]}x${IMAGE[1]}&patch=${PATCH}&dim=24&depth=3&heads=${HEADS}&drop-path=0`;

const build = ({ base, blocks, mode }: MhcaCase) =>
  model(`${base}?${OPTIONS}&mhca=${blocks}&mhca-mode=${mode}&mhca-dropout-on=none`).build({
    classes: CLASSES,
  });

const root = mkdtempSync(join(tmpdir(), 'kdx-mhca-'));
test.after.always(() => rmSync(root, { recursive: true }));

const load = (backend: 'wasm' | 'torch') =>
  (backend === 'torch' ? torchBackend() : wasmBackend()).load({ threads: 1 });

function batch(): { images: HostTensor; targets: HostTensor } {
  const rng = keyedRng(7, 'images');
  const images = Float32Array.from({ length: BATCH * IMAGE[0] * IMAGE[1] * 3 }, () => rng.normal());
  const targets = new Float32Array(BATCH * CLASSES);
  for (let i = 0; i < BATCH; i++) {
    targets[i * CLASSES + (i % CLASSES)] = 0.75;
    targets[i * CLASSES + ((i + 2) % CLASSES)] = 0.25;
  }
  return {
    images: { shape: [BATCH, ...IMAGE], data: images },
    targets: { shape: [BATCH, CLASSES], data: targets },
  };
}

async function compare(t: ExecutionContext, given: MhcaCase, backend: 'wasm' | 'torch'): Promise<void> {
  await load(backend);
  const folder = mkdtempSync(join(root, 'case-'));
  const file = (name: string) => join(folder, `${name}.safetensors`);
  const network = await build(given);
  for (const [name, { variable }] of network.parameters) {
    const rng = keyedRng(5, name);
    // No weight is left at 0 or 1, and scores are large enough to be far from even attention.
    const moved = Float32Array.from({ length: variable.size }, () => 0.3 * rng.normal());
    tf.tidy(() => variable.assign(tf.add(variable, tf.tensor(moved, variable.shape))));
  }
  const input = batch();
  await writeSafetensors(file('start'), await exportState(network.parameters, network.buffers), {});
  await writeSafetensors(file('batch'), new Map(Object.entries(input)), {});
  await runPytorch('mhca_step.py', [
    ...['--weights', file('start'), '--batch', file('batch'), '--out', file('pytorch')],
    ...['--blocks', String(given.blocks), '--mode', given.mode, '--heads', String(HEADS)],
    ...['--grid', GRID.join('x'), '--patch', String(PATCH)],
  ]);
  const theirs = (await readSafetensors(file('pytorch'))).tensors;

  const images = tf.tensor4d(input.images.data as Float32Array, [BATCH, ...IMAGE]);
  const targets = tf.tensor2d(input.targets.data as Float32Array, [BATCH, CLASSES]);
  const parameters = [...network.parameters.values()];
  const ours = new Map<string, ArrayLike<number>>();
  const { value, gradients } = valueAndGradients(
    () => {
      const { heads } = network.forward(images, { training: true });
      for (const [name, logits] of Object.entries(heads))
        ours.set(`logits/${name}`, logits.dataSync().slice());
      return tf.addN(Object.values(heads).map((logits) => crossEntropy(logits, targets))) as tf.Scalar;
    },
    parameters.map(({ variable }) => variable),
  );
  ours.set('loss', value.dataSync());
  parameters.forEach((parameter, i) => {
    const gradient = gradients[i]?.dataSync().slice() as Float32Array;
    ours.set(`gradient/${parameter.name}`, toDisk(parameter, gradient).data as Float32Array);
  });
  ours.set('distances', (await attentionDistances(network, images, { batch: 2 })).flat());

  t.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  for (const [name, { data }] of theirs) {
    const found = ours.get(name) as ArrayLike<number>;
    const expected = Array.from(data as Float32Array);
    t.is(found.length, expected.length, name);
    const size = Math.max(...expected.map(Math.abs));
    const miss = Math.max(...expected.map((number, i) => Math.abs(number - found[i])));
    t.true(miss <= 1e-5 * Math.max(size, 1e-3), `${name}: ${miss} of ${size}`);
  }
  const position = [...theirs.keys()].filter((name) => name.includes('.rpe.'));
  t.is(position.length, given.blocks * (given.mode === 'gated' ? 2 : 1));
  network.dispose();
}

for (const given of CASES) {
  const title = `${given.base}, ${given.blocks} blocks, ${given.mode}`;
  pytorchTest(test, test.serial)(`convolutional attention is PyTorch's: ${title} (wasm)`, (t) =>
    compare(t, given, 'wasm'),
  );
  pytorchTest(test, torchTest(test, test.serial))(`convolutional attention is PyTorch's: ${title}`, (t) =>
    compare(t, given, 'torch'),
  );
}

torchTest(test, test.serial)(
  'position scores go into the fused attention, forward and backward',
  async (t) => {
    await load('torch');
    const seen: string[] = [];
    const kernels = ['KdxAttention', 'KdxAttentionGrad'].map((name) => tf.getKernel(name, 'torch'));
    for (const kernel of kernels) {
      tf.unregisterKernel(kernel.kernelName, 'torch');
      tf.registerKernel({
        ...kernel,
        kernelFunc: (call) => {
          const { bias } = call.inputs as { bias?: tf.TensorInfo };
          seen.push(`${kernel.kernelName} ${bias ? `[${bias.shape}]` : 'plain'}`);
          return kernel.kernelFunc(call);
        },
      });
    }
    const network = await build({ ...CASES[0], blocks: 2 });
    try {
      const T = 2 + GRID[0] * GRID[1];
      tf.tidy(() => {
        const images = tf.zeros<tf.Rank.R4>([BATCH, ...IMAGE]);
        const variables = [...network.parameters.values()].map(({ variable }) => variable);
        valueAndGradients(
          () => tf.sum(network.forward(images, { training: true }).logits) as tf.Scalar,
          variables,
        );
      });
      const biased = `[1,${HEADS},${T},${T}]`;
      t.deepEqual(seen, [
        ...[biased, biased, 'plain'].map((each) => `KdxAttention ${each}`),
        ...['plain', biased, biased].map((each) => `KdxAttentionGrad ${each}`),
      ]);
    } finally {
      network.dispose();
      for (const kernel of kernels) {
        tf.unregisterKernel(kernel.kernelName, 'torch');
        tf.registerKernel(kernel);
      }
    }
  },
);
