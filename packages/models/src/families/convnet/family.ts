import {
  Activation,
  BatchNorm2d,
  Conv2d,
  chain,
  convBatchNormLinks,
  type ForwardCall,
  globalAveragePool,
  kaimingNormal,
  Layer,
  Linear,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { ModelFamily } from '../family.js';

const schema = z.object({
  width: z
    .number()
    .int()
    .min(1)
    .default(32)
    .describe('channels of the first stage; each further stage has twice as many'),
  stages: z
    .number()
    .int()
    .min(1)
    .max(6)
    .default(3)
    .describe('stages; each further one halves height and width'),
});

/** 3×3 convolution, batch norm, ReLU: `[B, H, W, in]` → `[B, ⌈H/stride⌉, ⌈W/stride⌉, out]`. */
class Stage extends Layer {
  readonly #conv: Conv2d;
  readonly #bn: BatchNorm2d;

  constructor(scope: Scope, channelsIn: number, channelsOut: number, stride: number) {
    super(scope);
    const weightInit = kaimingNormal('fan_out');
    this.#conv = new Conv2d(scope.child('conv'), channelsIn, channelsOut, 3, {
      stride,
      padding: 1,
      bias: false,
      weightInit,
    });
    this.#bn = new BatchNorm2d(scope.child('bn'), channelsOut);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(convBatchNormLinks(this.#conv, this.#bn, call, { relu: true, ends: this.path }), x, call);
  }
}

class ConvnetTrunk extends Layer {
  readonly #layers: readonly Layer[];

  constructor(scope: Scope, channels: number, widths: readonly number[]) {
    super(scope);
    const stages = widths.map(
      (width, stage) =>
        new Stage(
          scope.child(`layer${stage + 1}`),
          widths[stage - 1] ?? channels,
          width,
          stage === 0 ? 1 : 2,
        ),
    );
    const pooled = new Activation(scope.child('pooled'), (x) => globalAveragePool(x as tf.Tensor4D));
    this.#layers = [...stages, pooled];
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain(this.#layers, x, call);
  }
}

/**
 * A small plain CNN for generated data and first tries: `stages` of convolution, batch norm and ReLU, then the mean over
 * all places. Any input size. Taps: `layer1` …, `pooled`.
 */
export const convnet: ModelFamily<typeof schema> = {
  name: 'convnet',
  source: 'kdx',
  names: ['convnet'],
  pattern: /^convnet$/,
  define: ([name]) => ({
    name,
    options: schema,
    classes: 10,
    imageSize: [32, 32, 3],
    classHead: 'fc.weight',
    build(scope, { classes, imageSize, options }) {
      const widths = Array.from({ length: options.stages }, (_, stage) => options.width * 2 ** stage);
      return {
        trunk: new ConvnetTrunk(scope, imageSize[2], widths),
        features: widths.map((_, stage) => ({
          tap: `layer${stage + 1}`,
          scale: `layer${stage + 1}.bn.weight`,
          layout: 'maps',
        })),
        heads: { class: new Linear(scope.child('fc'), widths[widths.length - 1], classes) },
      };
    },
  }),
};
