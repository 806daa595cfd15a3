import { defineModel } from '@kdx/models';
import {
  Activation,
  BatchNorm2d,
  Conv2d,
  chain,
  type ForwardCall,
  gelu,
  globalAveragePool,
  Layer,
  Linear,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

/** Convolution, batch norm, GELU: `[B, H, W, in]` → `[B, ⌈H/stride⌉, ⌈W/stride⌉, out]`. No ReLU: it has kinks. */
class Stage extends Layer {
  readonly #links: readonly (Layer | ((x: tf.Tensor) => tf.Tensor))[];

  constructor(scope: Scope, channelsIn: number, channelsOut: number, stride: number) {
    super(scope);
    this.#links = [
      new Conv2d(scope.child('conv'), channelsIn, channelsOut, 3, { stride, padding: 1, bias: false }),
      new BatchNorm2d(scope.child('bn'), channelsOut),
      (x) => gelu(x),
    ];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#links, x, call);
  }
}

class Trunk extends Layer {
  readonly #layers: readonly Layer[];

  constructor(scope: Scope, channels: number, widths: readonly number[]) {
    super(scope);
    const stages = widths.map(
      (width, i) => new Stage(scope.child(`layer${i + 1}`), widths[i - 1] ?? channels, width, i > 0 ? 2 : 1),
    );
    const pooled = new Activation(scope.child('pooled'), (x) => globalAveragePool(x as tf.Tensor4D));
    this.#layers = [...stages, pooled];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}

/**
 * A CNN with batch norm that is smooth everywhere: three stages `layer1` … `layer3` of 4, 6 and 8 channels, `pooled`, and
 * the class head `fc`, named like the CIFAR ResNets.
 */
export const tinyCnn = defineModel({
  name: 'tiny_cnn',
  options: z.object({}),
  classHead: 'fc.weight',
  build: (scope, { classes, imageSize }) => ({
    trunk: new Trunk(scope, imageSize[2], [4, 6, 8]),
    features: [1, 2, 3].map((stage) => ({
      tap: `layer${stage}`,
      scale: `layer${stage}.bn.weight`,
      layout: 'maps',
    })),
    heads: { class: new Linear(scope.child('fc'), 8, classes) },
  }),
});
