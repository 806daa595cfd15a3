import type { ForwardOptions, Model, ModelOutput, ModelSpec, WeightFacts } from '@kdx/core';
import { type Network, runForward, traceTaps } from '@kdx/nn';
import type { Parameter, ParameterStore } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/** A {@link Model} made of layers. */
export class LayeredModel implements Model {
  readonly spec: ModelSpec;
  weights?: WeightFacts;
  readonly #network: Network;
  readonly #store: ParameterStore;
  #taps?: ReadonlyMap<string, readonly number[]>;

  constructor(network: Network, store: ParameterStore, spec: Omit<ModelSpec, 'parameterCount'>) {
    this.#network = network;
    this.#store = store;
    this.spec = Object.freeze({ ...spec, parameterCount: store.size });
  }

  get parameters(): ReadonlyMap<string, Parameter> {
    return this.#store.parameters;
  }

  get buffers(): ReadonlyMap<string, Parameter> {
    return this.#store.buffers;
  }

  taps(): ReadonlyMap<string, readonly number[]> {
    this.#taps ??= traceTaps(this.spec.inputSize, this.#network);
    return this.#taps;
  }

  forward(images: tf.Tensor4D, options: ForwardOptions): ModelOutput {
    return runForward(images, options, this.#network);
  }

  dispose(): void {
    this.#store.dispose();
  }
}
