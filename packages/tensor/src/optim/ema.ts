import * as tf from '@tensorflow/tfjs';
import { hasKernel } from '../backend/fused.js';
import { kdxError } from '../errors.js';
import { EMA_UPDATE } from '../kernels/contract.js';
import type { Parameter } from '../parameters/parameter.js';
import type { HostTensor } from '../weights/host-tensor.js';
import { own, runUpdate } from './fused-updates.js';

export interface EmaOptions {
  /** In (0, 1); DeiT: 0.99996. */
  readonly decay: number;
  /**
   * Uses `min(decay, (1 + n) / (10 + n))` at the n-th update, so that a short run is not held by its start: the rule of
   * TensorFlow's `ExponentialMovingAverage` with `num_updates`. Default false.
   */
  readonly warmup?: boolean;
}

/** The decay of the `update`-th update, counted from 0: `decay`, or `min(decay, (1 + n) / (10 + n))` with warm-up. */
export const emaDecay = (update: number, { decay, warmup = false }: EmaOptions): number =>
  warmup ? Math.min(decay, (1 + update) / (10 + update)) : decay;

/**
 * Exponential moving average of a model's parameters and buffers (spec of DeiT, section 1.5: the whole state):
 * `a ← a + (1 − d)(p − a)` after each step. It begins as a copy of what it averages.
 */
export class Ema {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #averages = new Map<string, tf.Variable>();
  readonly #options: EmaOptions;
  #updates = 0;
  #updatesTensor: tf.Tensor | undefined;
  #swapped = false;

  /** @throws KdxError `KDX_OPTIMIZER_INVALID` for a decay outside (0, 1). */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: EmaOptions) {
    if (!(options.decay > 0 && options.decay < 1)) {
      throw kdxError(
        'KDX_OPTIMIZER_INVALID',
        `The EMA decay is ${options.decay}; set ema to a number in (0, 1).`,
      );
    }
    this.#options = options;
    this.#parameters = new Map(parameters);
    for (const [name, { variable }] of this.#parameters) {
      // A product is new storage; a clone would share it with a variable that fused kernels write in place.
      this.#averages.set(
        name,
        tf.tidy(() => tf.variable(tf.mul(variable, 1), false)),
      );
    }
  }

  /** Moves every average towards its parameter; once per optimiser step. */
  update(): void {
    this.#refuseSwapped('update');
    const d = emaDecay(this.#updates, this.#options);
    this.#updates += 1;
    const averages = [...this.#averages.values()];
    const values = [...this.#averages.keys()].map((name) => this.#parameters.get(name)!.variable);
    tf.tidy(() => {
      if (hasKernel(EMA_UPDATE) && averages.length > 0) {
        runUpdate(EMA_UPDATE, [own(averages), values], { decay: d });
        return;
      }
      averages.forEach((average, i) => {
        // This form, not d·a + (1 − d)·p: float32 rounds 0.99996 by 10⁻⁸, which a thousand updates make 10⁻⁵.
        tf.tidy(() => average.assign(tf.add(average, tf.mul(tf.sub(values[i], average), 1 - d))));
      });
    });
  }

  /** Exchanges the averages with the live values; a second call puts them back. Copies nothing. */
  swap(): void {
    for (const [name, average] of this.#averages) {
      const { variable } = this.#parameters.get(name)!;
      const live = variable.clone();
      variable.assign(average);
      average.assign(live);
      live.dispose();
    }
    this.#swapped = !this.#swapped;
  }

  /** Runs `fn` with the averages in place, e.g. an evaluation, and puts the live values back whatever happens. */
  async withAveraged<T>(fn: () => T | Promise<T>): Promise<T> {
    this.#refuseSwapped('withAveraged');
    this.swap();
    try {
      return await fn();
    } finally {
      this.swap();
    }
  }

  /** `average/<name>` and `updates`; the tensors stay the EMA's own and change with the next update. */
  state(): Map<string, tf.Tensor> {
    this.#refuseSwapped('state');
    this.#updatesTensor?.dispose();
    this.#updatesTensor = tf.keep(tf.scalar(this.#updates, 'int32'));
    const state = new Map<string, tf.Tensor>([['updates', this.#updatesTensor]]);
    for (const [name, average] of this.#averages) state.set(`average/${name}`, average);
    return state;
  }

  /** Restores a saved state. @throws KdxError `KDX_CHECKPOINT` when it does not fit; nothing has changed then. */
  load(state: ReadonlyMap<string, HostTensor>): void {
    this.#refuseSwapped('load');
    const updates = state.get('updates');
    const odd = [...this.#averages].find(
      ([name, { shape }]) => state.get(`average/${name}`)?.shape.join() !== shape.join(),
    );
    if (!updates || odd || state.size !== this.#averages.size + 1) {
      const what = odd ? `"${odd[0]}" of shape [${odd[1].shape}]` : 'exactly these parameters';
      throw kdxError(
        'KDX_CHECKPOINT',
        `The EMA's state has no average of ${what}; resume with the models that the run started with.`,
      );
    }
    this.#updates = Number(updates.data[0]);
    tf.tidy(() => {
      for (const [name, average] of this.#averages) {
        const { data, shape } = state.get(`average/${name}`)!;
        average.assign(tf.tensor(Float32Array.from(data), [...shape], 'float32'));
      }
    });
  }

  dispose(): void {
    for (const average of this.#averages.values()) average.dispose();
    this.#averages.clear();
    this.#updatesTensor?.dispose();
    this.#updatesTensor = undefined;
  }

  #refuseSwapped(call: string): void {
    if (!this.#swapped) return;
    throw kdxError(
      'KDX_EMA_SWAPPED',
      `Ema.${call} was called while the averages are in place; call swap() first.`,
    );
  }
}
