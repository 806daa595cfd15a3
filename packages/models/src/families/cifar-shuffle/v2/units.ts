import { chain, channelShuffle, type ForwardCall, Layer, preActivation } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { ConvNorm, depthwise } from '../conv-norm.js';

/** Two halves of equal width side by side, dealt out in turn so that the next unit's halves see both. */
const mixed = (halves: readonly tf.Tensor[]): tf.Tensor =>
  channelShuffle(tf.concat(halves as tf.Tensor4D[], 3), 2);

/** What the ReLUs at the end of a unit read, kept until the halves can be put together: the unit's tap `path:pre`. */
class KeptHalves {
  readonly #kept: tf.Tensor[] = [];

  /** Where somebody reads that tap. */
  static wanted(path: string, call: ForwardCall): KeptHalves | undefined {
    return call.taps?.wants(preActivation(path)) ? new KeptHalves(preActivation(path), call) : undefined;
  }

  private constructor(
    private readonly path: string,
    private readonly call: ForwardCall,
  ) {}

  readonly keep = (y: tf.Tensor): void => {
    this.#kept.push(tf.keep(tf.clone(y)));
  };

  record(join: (halves: readonly tf.Tensor[]) => tf.Tensor): void {
    this.call.taps?.record(this.path, join(this.#kept));
  }

  dispose(): void {
    for (const half of this.#kept) half.dispose();
  }
}

/**
 * One half of the channels stays as it is; the other goes through 1×1, 3×3 depthwise and 1×1 convolutions (Ma et al.
 * 2018, figure 3c): `[B, H, W, C]` → the same shape. ReLUs follow the 1×1 convolutions only.
 */
export class SplitUnit extends Layer {
  readonly #first: ConvNorm;
  readonly #depthwise: ConvNorm;
  readonly #second: ConvNorm;

  constructor(scope: Scope, channels: number) {
    super(scope);
    const half = channels / 2;
    this.#first = new ConvNorm(scope, 1, [half, half]);
    this.#depthwise = depthwise(scope, 2, half, 1);
    this.#second = new ConvNorm(scope, 3, [half, half]);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const halves = KeptHalves.wanted(this.path, call);
    const [kept, worked] = tf.split(x as tf.Tensor4D, 2, 3);
    const links = [
      ...this.#first.links(call, { relu: true }),
      ...this.#depthwise.links(call),
      ...this.#second.links(call, { relu: true, before: halves?.keep }),
    ];
    try {
      const y = mixed([kept, chain(links, worked, call)]);
      halves?.record((before) => mixed([kept, ...before]));
      return y;
    } finally {
      halves?.dispose();
    }
  }
}

/**
 * Halves height and width: all channels go through two branches, each of which ends in half of the output's (Ma et al.
 * 2018, figure 3d): `[B, H, W, in]` → `[B, ⌈H/2⌉, ⌈W/2⌉, out]`.
 */
export class DownUnit extends Layer {
  readonly #leftDepthwise: ConvNorm;
  readonly #left: ConvNorm;
  readonly #rightFirst: ConvNorm;
  readonly #rightDepthwise: ConvNorm;
  readonly #right: ConvNorm;

  constructor(scope: Scope, channelsIn: number, channelsOut: number) {
    super(scope);
    const half = channelsOut / 2;
    this.#leftDepthwise = depthwise(scope, 1, channelsIn, 2);
    this.#left = new ConvNorm(scope, 2, [channelsIn, half]);
    this.#rightFirst = new ConvNorm(scope, 3, [channelsIn, half]);
    this.#rightDepthwise = depthwise(scope, 4, half, 2);
    this.#right = new ConvNorm(scope, 5, [half, half]);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const halves = KeptHalves.wanted(this.path, call);
    const before = halves?.keep;
    const left = [...this.#leftDepthwise.links(call), ...this.#left.links(call, { relu: true, before })];
    const right = [
      ...this.#rightFirst.links(call, { relu: true }),
      ...this.#rightDepthwise.links(call),
      ...this.#right.links(call, { relu: true, before }),
    ];
    try {
      const y = mixed([chain(left, x, call), chain(right, x, call)]);
      halves?.record(mixed);
      return y;
    } finally {
      halves?.dispose();
    }
  }
}
