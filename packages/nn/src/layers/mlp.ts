import type { Initializer, Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { truncatedNormal, zeros } from '../init/initializers.js';
import { gelu } from '../ops/gelu.js';
import { chain } from './chain.js';
import { Dropout } from './dropout.js';
import { Layer } from './layer.js';
import { Linear } from './linear.js';

export interface MlpOptions {
  /** Drop rate after each of the two layers, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** Default truncated normal of std 0.02, as in DeiT. */
  readonly weightInit?: Initializer;
}

/** `fc2(GELU(fc1(x)))`, `[..., width]` → `[..., width]`. Layers `fc1`, `drop1`, `fc2`, `drop2`, as in timm. */
export class Mlp extends Layer {
  readonly #fc1: Linear;
  readonly #fc2: Linear;
  readonly #drop1: Dropout;
  readonly #drop2: Dropout;

  constructor(scope: Scope, width: number, hidden: number, options: MlpOptions = {}) {
    super(scope);
    const { dropout = 0, weightInit = truncatedNormal(0.02) } = options;
    this.#fc1 = new Linear(scope.child('fc1'), width, hidden, { weightInit, biasInit: zeros });
    this.#drop1 = new Dropout(scope.child('drop1'), dropout);
    this.#fc2 = new Linear(scope.child('fc2'), hidden, width, { weightInit, biasInit: zeros });
    this.#drop2 = new Dropout(scope.child('drop2'), dropout);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return chain([this.#fc1, gelu, this.#drop1, this.#fc2, this.#drop2], x, call);
  }
}
