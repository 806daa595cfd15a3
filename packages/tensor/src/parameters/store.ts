import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import type { Initializer, Parameter, ParameterOptions, Rng, Scope } from './parameter.js';

let stores = 0;

/**
 * Owns the parameters and buffers of one model or helper module. Variable names carry a number of their own, because
 * TensorFlow.js keeps one name space per process and several runs live in one.
 */
export class ParameterStore {
  readonly parameters = new Map<string, Parameter>();
  readonly buffers = new Map<string, Parameter>();
  readonly #prefix: string;
  readonly #rng: (name: string) => Rng;

  /** `rng` keys the initial value of each parameter by its name. */
  constructor(label: string, rng: (name: string) => Rng) {
    stores += 1;
    this.#prefix = `${label}#${stores}/`;
    this.#rng = rng;
  }

  /** The root scope, or the one at `path`. */
  scope(path = ''): Scope {
    const full = (name: string) => (path === '' ? name : `${path}.${name}`);
    return {
      path,
      child: (name) => this.scope(full(String(name))),
      parameter: (name, shape, init, options = {}) =>
        this.#add(this.parameters, full(name), shape, init, options, true),
      buffer: (name, shape, init) => this.#add(this.buffers, full(name), shape, init, {}, false),
    };
  }

  /** Trainable numbers. */
  get size(): number {
    let size = 0;
    for (const { variable } of this.parameters.values()) size += variable.size;
    return size;
  }

  dispose(): void {
    for (const { variable } of [...this.parameters.values(), ...this.buffers.values()]) variable.dispose();
    this.parameters.clear();
    this.buffers.clear();
  }

  #add(
    into: Map<string, Parameter>,
    name: string,
    shape: readonly number[],
    init: Initializer,
    options: ParameterOptions,
    trainable: boolean,
  ): tf.Variable {
    if (this.parameters.has(name) || this.buffers.has(name)) {
      throw kdxError('KDX_PARAMETER_TWICE', `Two layers register "${name}"; give one of them a child scope.`);
    }
    const initial = tf.tensor(init(shape, this.#rng(name)), [...shape]);
    const variable = tf.variable(initial, trainable, this.#prefix + name);
    initial.dispose();
    const layout = options.layout ?? 'same';
    const decay = options.decay ?? (trainable && shape.length > 1 && !name.endsWith('.bias'));
    into.set(name, { name, variable, layout, decay });
    return variable;
  }
}
