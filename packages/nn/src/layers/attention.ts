import type { Initializer, Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { rangeError } from '../errors.js';
import type { ForwardCall } from '../forward/call.js';
import { truncatedNormal, zeros } from '../init/initializers.js';
import { attention } from '../ops/attention.js';
import { splitHeads } from '../ops/split-heads.js';
import { Layer } from './layer.js';
import { Linear } from './linear.js';

export interface AttentionLayerOptions {
  /** Bias of the q, k, v projection. Default true. */
  readonly qkvBias?: boolean;
  /** Drop rate of the attention weights, in [0, 1). Default 0. */
  readonly attentionDropout?: number;
  /** Default truncated normal of std 0.02, as in DeiT. */
  readonly weightInit?: Initializer;
}

/**
 * Multi-head self-attention, `[B, N, D]` → `[B, N, D]`. Layers `qkv` (`D → 3·D`, ordered `[3, H, d]`) and `proj`, as in
 * timm. A plugin with another attention overrides {@link Attention.attend}, which must be linear in v.
 *
 * The tap `path.weights` is the matrix that multiplies v, `[B, H, N, N]`, dropout included; it costs nothing unless asked for.
 */
export class Attention extends Layer {
  readonly heads: number;
  protected readonly qkv: Linear;
  protected readonly proj: Linear;
  protected readonly attentionDropout: number;

  /** @throws KdxError `KDX_RANGE` when `heads` does not divide `width`. */
  constructor(scope: Scope, width: number, heads: number, options: AttentionLayerOptions = {}) {
    super(scope);
    if (width % heads !== 0)
      throw rangeError(`The width of attention "${this.path}"`, `a multiple of ${heads}`, width);
    const { qkvBias = true, attentionDropout = 0, weightInit = truncatedNormal(0.02) } = options;
    this.heads = heads;
    this.attentionDropout = attentionDropout;
    this.qkv = new Linear(scope.child('qkv'), width, 3 * width, {
      bias: qkvBias,
      weightInit,
      biasInit: zeros,
    });
    this.proj = new Linear(scope.child('proj'), width, width, { weightInit, biasInit: zeros });
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const [B, N, D] = x.shape;
    const [q, k, v] = tf.tidy(() => splitHeads(this.qkv.apply(x, call) as tf.Tensor3D, this.heads));
    this.#tapWeights(q, k, call);
    const attended = tf.tidy(() => {
      const y = this.attend(q, k, v, call);
      return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [B, N, D]);
    });
    return this.proj.apply(attended, call);
  }

  /**
   * q, k, v `[B, H, N, d]` → `[B, H, N, d]`. May be called more than once in a forward.
   * @param bias added to the scores, `[1|B, 1|H, N, N]`
   */
  protected attend(
    q: tf.Tensor4D,
    k: tf.Tensor4D,
    v: tf.Tensor4D,
    call: ForwardCall,
    bias?: tf.Tensor4D,
  ): tf.Tensor4D {
    const rate = call.training ? this.attentionDropout : 0;
    const dropout = rate > 0 ? { rate, rng: call.rng(`${this.path} dropout`) } : undefined;
    return attention(q, k, v, { bias, dropout });
  }

  #tapWeights(q: tf.Tensor4D, k: tf.Tensor4D, call: ForwardCall): void {
    const path = `${this.path}.weights`;
    if (this.path === '' || !call.taps || call.taps.passOver([path])) return;
    call.taps.record(
      path,
      tf.tidy(() => this.#weights(q, k, call)),
    );
  }

  /** The weights `[B, H, N, N]` whatever the attention: what it makes of the identity's columns, d at a time. */
  #weights(q: tf.Tensor4D, k: tf.Tensor4D, call: ForwardCall): tf.Tensor4D {
    const [B, H, N, d] = q.shape;
    const parts = Math.ceil(N / d);
    const identity = tf.eye(N, parts * d);
    const columns = Array.from({ length: parts }, (_, part) => {
      const unit = tf.reshape(tf.slice(identity, [0, part * d], [N, d]), [1, 1, N, d]);
      return this.attend(q, k, tf.tile(unit, [B, H, 1, 1]) as tf.Tensor4D, call);
    });
    return tf.slice(tf.concat(columns, 3), [0, 0, 0, 0], [B, H, N, N]);
  }
}
