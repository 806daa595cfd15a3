import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { layerPairs } from '@kdx/distill-ops';
import {
  entropy,
  type Halves,
  halvesByRank,
  halvesByScore,
  hrank,
  interLoss,
  intraLoss,
  lp,
  mean,
  ranksOf,
  released,
  scale,
} from '@kdx/plugin-tf-fd';
import { type HostTensor, keyedRng, readSafetensors, writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { sameTensors } from '../support/same-tensors.js';
import { torchTest } from '../support/torch-test.js';
import { pytorchTest, runPytorch } from './pytorch.js';

// The losses of teacher-free feature distillation and their gradients, against PyTorch in float64.

type Shape = [B: number, H: number, W: number, C: number];

const SHAPES: readonly Shape[] = [
  [4, 12, 12, 6],
  [4, 6, 6, 8],
  [4, 4, 4, 11],
];

interface TfFdCase {
  readonly score: string;
  readonly p?: number;
  readonly pairs?: 'all' | 'neighbours';
  readonly stop?: boolean;
}

const CASES: readonly TfFdCase[] = [
  { score: 'code' },
  { score: 'code', stop: true, pairs: 'neighbours' },
  { score: 'lp', p: 2, stop: true },
  { score: 'lp', p: 1 },
  { score: 'lp', p: 3 },
  { score: 'mean' },
  { score: 'bn' },
  { score: 'entropy' },
  { score: 'hrank' },
];

const root = mkdtempSync(join(tmpdir(), 'kdx-tf-fd-'));
test.after.always(() => rmSync(root, { recursive: true }));

/** Features as after a ReLU, some maps of low rank, and a scale for each. */
function features(): Map<string, HostTensor> {
  const tensors = new Map<string, HostTensor>();
  SHAPES.forEach(([B, H, W, C], layer) => {
    const rng = keyedRng(7, 'features', layer);
    const data = Float32Array.from({ length: B * H * W * C }, () => Math.max(0, rng.normal() + 0.3));
    for (let at = 0; at < data.length; at++) {
      const [c, w] = [at % C, Math.floor(at / C) % W];
      if (c < C / 2 && w > c + 1) data[at] = 0;
    }
    tensors.set(`layer${layer}`, { shape: [B, H, W, C], data });
    tensors.set(`scale${layer}`, { shape: [C], data: Float32Array.from({ length: C }, () => rng.normal()) });
  });
  return tensors;
}

function halvesOf({ score, p = 2 }: TfFdCase, maps: tf.Tensor4D, gamma: Float32Array): Halves {
  const onHost = (scores: Float32Array): Halves => halvesByRank(tf.tensor1d(ranksOf(scores), 'int32'));
  const values = (): Float32Array => maps.dataSync() as Float32Array;
  switch (score) {
    case 'lp':
      return halvesByScore(lp(p)(maps));
    case 'mean':
      return halvesByScore(mean(maps));
    case 'bn':
      return halvesByScore(scale(tf.tensor1d(gamma))(maps));
    case 'entropy':
      return onHost(entropy(10)(values(), maps.shape));
    case 'hrank':
      return onHost(hrank(100)(values(), maps.shape));
    default:
      return halvesByScore(released(maps));
  }
}

async function compare(t: ExecutionContext, given: TfFdCase, backend: 'wasm' | 'torch'): Promise<void> {
  await (backend === 'torch' ? torchBackend() : wasmBackend()).load({ threads: 1 });
  const folder = mkdtempSync(join(root, 'case-'));
  const tensors = features();
  await writeSafetensors(join(folder, 'features.safetensors'), tensors, {});
  const out = join(folder, 'pytorch.safetensors');
  await runPytorch('tffd_losses.py', [
    ...['--features', join(folder, 'features.safetensors'), '--out', out, '--score', given.score],
    ...['--p', String(given.p ?? 2), '--pairs', given.pairs ?? 'all', '--stop', String(given.stop ?? false)],
  ]);
  const theirs = (await readSafetensors(out)).tensors;

  const layers = SHAPES.map((shape, i) => tf.tensor4d(tensors.get(`layer${i}`)?.data as Float32Array, shape));
  const halves = layers.map((maps, i) =>
    halvesOf(given, maps, tensors.get(`scale${i}`)?.data as Float32Array),
  );
  const within = (all: tf.Tensor4D[]): tf.Scalar =>
    tf.mean(tf.stack(all.map((maps, i) => intraLoss(maps, halves[i], given.stop ?? false))));
  const between = (all: tf.Tensor4D[]): tf.Scalar =>
    tf.mean(
      tf.stack(layerPairs(all.length, given.pairs ?? 'all').map(([i, j]) => interLoss(all[i], all[j]))),
    );
  const gradients = tf.grads((...all) => tf.add(within(all as tf.Tensor4D[]), between(all as tf.Tensor4D[])))(
    layers,
  );
  const ours = new Map<string, tf.Tensor>([
    ['intra', within(layers)],
    ['inter', between(layers)],
    ...gradients.map((gradient, i) => [`gradient${i}`, gradient] as const),
  ]);
  sameTensors(t, ours, theirs, 2e-6);
}

for (const given of CASES) {
  const title = Object.entries(given)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  pytorchTest(test, test.serial)(`losses and gradients are PyTorch's: ${title} (wasm)`, (t) =>
    compare(t, given, 'wasm'),
  );
  pytorchTest(test, torchTest(test, test.serial))(`losses and gradients are PyTorch's: ${title}`, (t) =>
    compare(t, given, 'torch'),
  );
}
