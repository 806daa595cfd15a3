import type { Model } from '@kdx/core';
import { attentionDistance, type PatchGrid } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { noAttention, wrongMeasurement } from '../../errors.js';

export interface AttentionDistancesOptions {
  /** Images per forward; the weights of all blocks are held at once. Default 16. */
  readonly batch?: number;
  /** Whether a patch's weights on patches are made to sum to 1 first. Default false; see `attentionDistance` of nn. */
  readonly renormalize?: boolean;
}

/**
 * How far each head of each block of a ViT looks on given images, at inference, patches only: the mean distance between a
 * patch and what it attends to, weighted by attention (spec of DearKD §2.3). A small number is a local head.
 *
 * @param images `[B, H, W, C]`, normalised as for `model.forward`; B ≥ 1
 * @returns `[depth][heads]`, in patches
 * @throws KdxError `KDX_MODEL_ATTENTION` for a model that is not a ViT, no images, images of another size than the model's, and
 *   a batch below 1.
 */
export async function attentionDistances(
  model: Model,
  images: tf.Tensor4D,
  { batch = 16, renormalize = false }: AttentionDistancesOptions = {},
): Promise<number[][]> {
  const { taps, heads, ...place } = attentionOf(model);
  check(model, images.shape, batch);
  const [total] = images.shape;
  const sums = taps.map(() => new Array<number>(heads).fill(0));
  for (let start = 0; start < total; start += batch) {
    const count = Math.min(batch, total - start);
    const measured = tf.tidy(() => {
      const some = tf.slice(images, [start, 0, 0, 0], [count, -1, -1, -1]);
      const output = model.forward(some, { training: false, taps, logits: false });
      const rows = taps.map((tap) =>
        attentionDistance(output.taps[tap] as tf.Tensor4D, { ...place, renormalize }),
      );
      return tf.stack(rows) as tf.Tensor2D; // [depth, H]
    });
    const distances = await measured.array();
    measured.dispose();
    distances.forEach((row, block) => {
      row.forEach((distance, head) => {
        sums[block][head] += (distance * count) / total;
      });
    });
  }
  return sums;
}

function check({ spec: { name, inputSize } }: Model, shape: readonly number[], batch: number): void {
  if (!(Number.isInteger(batch) && batch >= 1))
    throw wrongMeasurement(name, `${batch} images per forward`, 'a batch is a whole number from 1 on');
  const [total, ...size] = shape;
  if (size.length !== 3 || size.some((length, axis) => length !== inputSize[axis]))
    throw wrongMeasurement(name, `images [${shape.join(', ')}]`, `it takes [B, ${inputSize.join(', ')}]`);
  if (total === 0) throw wrongMeasurement(name, 'no images', 'give one or more');
}

interface AttentionPlace {
  /** Of the weights of every block. */
  readonly taps: string[];
  readonly heads: number;
  readonly grid: PatchGrid;
  readonly specialTokens: number;
}

function attentionOf(model: Model): AttentionPlace {
  const { name, inputSize } = model.spec;
  const [height, width] = inputSize;
  const found = model.taps();
  const taps = [...found.keys()].filter((path) => /^blocks\.\d+\.attn\.weights$/.test(path));
  if (taps.length === 0) throw noAttention(name, 'tap "blocks.0.attn.weights"');
  const filter = model.parameters.get('patch_embed.proj.weight');
  if (!filter) throw noAttention(name, 'parameter "patch_embed.proj.weight"');
  const [patchHeight, patchWidth] = filter.variable.shape;
  const grid = [height / patchHeight, width / patchWidth] as const;
  const [heads, tokens] = found.get(taps[0]) as readonly number[];
  return { taps, heads, grid, specialTokens: tokens - grid[0] * grid[1] };
}
