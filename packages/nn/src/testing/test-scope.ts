import { keyedRng, type Parameter, ParameterStore, type Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/** A scope that shows what layers register, by full name. */
export class TestScope implements Scope {
  readonly #store: ParameterStore;

  constructor(
    readonly path = '',
    store = new ParameterStore('test', (name) => keyedRng(0, name)),
  ) {
    this.#store = store;
  }

  child(name: string | number): TestScope {
    return new TestScope(this.#store.scope(this.path).child(name).path, this.#store);
  }

  parameter(...registration: Parameters<Scope['parameter']>): tf.Variable {
    return this.#store.scope(this.path).parameter(...registration);
  }

  buffer(...registration: Parameters<Scope['buffer']>): tf.Variable {
    return this.#store.scope(this.path).buffer(...registration);
  }

  get parameters(): ReadonlyMap<string, Parameter> {
    return this.#store.parameters;
  }

  get variables(): tf.Variable[] {
    return [...this.parameters.values()].map(({ variable }) => variable);
  }

  /** `name: shape layout` of everything registered, parameters first. */
  get summary(): string[] {
    return [...this.parameters.values(), ...this.#store.buffers.values()].map(
      ({ name, variable, layout }) => `${name}: [${variable.shape}] ${layout}`,
    );
  }
}
