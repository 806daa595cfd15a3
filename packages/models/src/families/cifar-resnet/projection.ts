import {
  BatchNorm2d,
  Conv2d,
  chain,
  convBatchNormLinks,
  type ForwardCall,
  kaimingNormal,
  Sequential,
} from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/** Kaiming fan-out, as in the benchmark's code (spec of CRD §3.2). */
export const convInit = kaimingNormal('fan_out');

/** A shortcut where the shape changes: 1×1 convolution and batch norm, at `0` and `1`. */
export class Projection extends Sequential {
  constructor(scope: Scope, channelsIn: number, channelsOut: number, stride: number) {
    super(scope, [
      (at) => new Conv2d(at, channelsIn, channelsOut, 1, { stride, bias: false, weightInit: convInit }),
      (at) => new BatchNorm2d(at, channelsOut),
    ]);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const [conv, norm] = this.layers as [Conv2d, BatchNorm2d];
    return chain(convBatchNormLinks(conv, norm, call), x, call);
  }
}
