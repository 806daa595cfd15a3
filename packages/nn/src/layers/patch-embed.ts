import type { Initializer, Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { shapeError } from '../errors.js';
import type { ForwardCall } from '../forward/call.js';
import { linear } from '../ops/linear.js';
import { Conv2d } from './conv2d.js';
import { Layer } from './layer.js';

export interface PatchEmbedOptions {
  readonly weightInit?: Initializer;
  readonly biasInit?: Initializer;
}

/**
 * Cuts images into patches and embeds each: `[B, H, W, C]` → `[B, N, D]`, N = H/p · W/p in row-major order. Layer
 * `proj`, stored as the convolution (kernel = stride = p) that it is in timm and computed as one matrix product.
 */
export class PatchEmbed extends Layer {
  readonly patch: number;
  readonly #projection: PatchProjection;

  constructor(scope: Scope, channels: number, width: number, patch: number, options: PatchEmbedOptions = {}) {
    super(scope);
    this.patch = patch;
    this.#projection = new PatchProjection(scope.child('proj'), channels, width, patch, {
      ...options,
      stride: patch,
    });
  }

  /** @throws KdxError `KDX_SHAPE` when the patches do not tile the image. */
  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const [B, H, W] = x.shape;
    const p = this.patch;
    if (x.rank !== 4 || H % p !== 0 || W % p !== 0) {
      throw shapeError('PatchEmbed', `images [B, H, W, C] with H and W divisible by the patch ${p}`, x.shape);
    }
    const map = this.#projection.apply(x, call) as tf.Tensor4D;
    return tf.reshape(map, [B, (H / p) * (W / p), map.shape[3]]);
  }
}

/** A convolution whose windows do not overlap is a linear map of patches. */
class PatchProjection extends Conv2d {
  protected override forward(x: tf.Tensor): tf.Tensor {
    const [p, , C, D] = this.weight.shape;
    const [B, H, W] = x.shape;
    const [rows, columns] = [H / p, W / p];
    // [B·rows, p, columns, p·C] → [B·rows, columns, p, p·C]: each patch contiguous, in the filter's order.
    const strips = tf.transpose(tf.reshape(x, [B * rows, p, columns, p * C]), [0, 2, 1, 3]);
    const patches = tf.reshape(strips, [B, rows, columns, p * p * C]);
    const weight = tf.reshape(this.weight, [p * p * C, D]) as tf.Tensor2D;
    return linear(patches, weight, this.bias as tf.Variable<tf.Rank.R1> | undefined);
  }
}
