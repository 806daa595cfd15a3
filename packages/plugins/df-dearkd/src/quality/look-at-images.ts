import { type ImageSize, type Model, type Split } from '@kdx/core';
import { normalizeImages } from '@kdx/core/run';
import type { Score } from '@kdx/data';
import { channelMoments } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import { featuresTap } from '../synthesis/features-tap.js';
import type { BatchNormLayer } from '../synthesis/losses/batch-norm-distance.js';
import { scoresOf } from './scores.js';
import { type Moments, StreamingMoments } from './streaming-moments.js';

export interface LookOptions {
  readonly imageSize: ImageSize;
  /** Images per forward. */
  readonly batch: number;
  /** Samples of the split to look at, ascending. Default all. */
  readonly indices?: Uint32Array;
  /** Which of those, by their place among them, to keep features of; ascending. Default none. */
  readonly features?: Uint32Array;
  /** Batch norms to take the statistics of the inputs of. Default none. */
  readonly batchNorms?: readonly BatchNormLayer[];
}

/** What a network makes of images. */
export interface Look {
  readonly labels: Uint32Array;
  readonly scores: readonly Score[];
  /** What the class head reads, `[features, D]`. */
  readonly features: Float32Array;
  /** Statistics of each batch norm's input over all images. */
  readonly moments: readonly Moments[];
}

/**
 * Shows images to a network in inference, batch by batch; nothing stays on the device.
 * @throws KdxError `KDX_POOL_MODEL` when the network takes other images
 */
export async function lookAtImages(model: Model, split: Split, options: LookOptions): Promise<Look> {
  const { imageSize, batch, batchNorms = [] } = options;
  checkSize(model, imageSize);
  const size = imageSize[0] * imageSize[1] * imageSize[2];
  const indices = options.indices ?? Uint32Array.from({ length: split.length }, (_, i) => i);
  const wanted = new Set(options.features);
  const labels = Uint32Array.from(indices, (index) => split.labels[index]);
  const scores: Score[] = [];
  const features: Float32Array[] = [];
  const moments = batchNorms.map(({ mean }) => new StreamingMoments(mean.size));
  for (let start = 0; start < indices.length; start += batch) {
    const rows = indices.subarray(start, start + batch);
    const images = new Float32Array(rows.length * size);
    for (const [row, index] of rows.entries()) {
      await split.read(index, images.subarray(row * size, (row + 1) * size));
    }
    const keepsFeatures = rows.some((_, row) => wanted.has(start + row));
    const seen = await forward(model, images, [rows.length, ...imageSize], batchNorms, keepsFeatures);
    scores.push(...scoresOf(seen.logits, labels.subarray(start, start + rows.length)));
    for (const [layer, { count, mean, variance }] of seen.moments.entries()) {
      moments[layer].add(count, mean, variance);
    }
    const D = seen.features.length / rows.length;
    for (const row of rows.keys()) {
      if (wanted.has(start + row)) features.push(seen.features.slice(row * D, (row + 1) * D));
    }
  }
  return { labels, scores, features: joined(features), moments: moments.map((layer) => layer.result()) };
}

interface Seen {
  readonly logits: Float32Array;
  readonly features: Float32Array;
  /** One of each batch norm; `count` values of each channel. */
  readonly moments: readonly { count: number; mean: Float32Array; variance: Float32Array }[];
}

async function forward(
  model: Model,
  images: Float32Array,
  shape: [number, number, number, number],
  batchNorms: readonly BatchNormLayer[],
  keepsFeatures: boolean,
): Promise<Seen> {
  const head = featuresTap(model);
  const taps = [...batchNorms.map(({ tap }) => tap), ...(keepsFeatures ? [head] : [])];
  const counts: number[] = [];
  const tensors = tf.tidy(() => {
    const x = normalizeImages(tf.tensor4d(images, shape), model.spec);
    const output = model.forward(x, { training: false, taps });
    const statistics = batchNorms.map(({ tap, mean }) => {
      counts.push(output.taps[tap].size / mean.size);
      return channelMoments(output.taps[tap]);
    });
    return {
      logits: output.logits,
      features: keepsFeatures ? output.taps[head] : tf.zeros([0]),
      means: joinedTensor(statistics.map(({ mean }) => mean)),
      variances: joinedTensor(statistics.map(({ variance }) => variance)),
    };
  });
  const host: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    host[name] = (await tensor.data()) as Float32Array;
    tensor.dispose();
  }
  let offset = 0;
  const moments = batchNorms.map(({ mean: { size } }, layer) => {
    const from = offset;
    offset += size;
    const [mean, variance] = [host.means, host.variances].map((all) => all.subarray(from, offset));
    return { count: counts[layer], mean, variance };
  });
  return { logits: host.logits, features: host.features, moments };
}

const joinedTensor = (parts: readonly tf.Tensor[]): tf.Tensor =>
  parts.length === 0 ? tf.zeros([0]) : tf.concat(parts.map((part) => tf.reshape(part, [-1])));

function joined(parts: readonly Float32Array[]): Float32Array {
  const D = parts[0]?.length ?? 0;
  const all = new Float32Array(parts.length * D);
  for (const [i, part] of parts.entries()) all.set(part, i * D);
  return all;
}

function checkSize({ spec }: Model, imageSize: ImageSize): void {
  if (spec.inputSize.every((side, axis) => side === imageSize[axis])) return;
  throw kdxError(
    'KDX_POOL_MODEL',
    `"${spec.name}" takes images of ${spec.inputSize.join('×')}, and these are ${imageSize.join('×')}; name a network of that size, e.g. with ?img=${imageSize[0]}.`,
  );
}
