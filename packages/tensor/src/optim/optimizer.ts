import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import type { Parameter } from '../parameters/parameter.js';
import type { HostTensor } from '../weights/host-tensor.js';
import type { OptimizerRule, RuleUpdate } from './rule.js';

/** One parameter with the gradient it is to follow. */
export interface ParameterUpdate {
  readonly parameter: Parameter;
  /** Stays the caller's. */
  readonly gradient: tf.Tensor;
  /** What the parameter is called in the optimiser's state, unique in the run. Default: `parameter.name`. */
  readonly name?: string;
}

interface Entry {
  /** Which variable uses it; none yet after a load. */
  owner?: tf.Variable;
  readonly slots: readonly tf.Variable[];
  step: number;
  /** `step` as a tensor, as last handed out by `state`. */
  stepTensor?: tf.Tensor;
}

/**
 * Applies a rule to parameters and keeps what the rule remembers of each. Slots are made at a parameter's first
 * gradient; a parameter without one in a step is left alone, decay included.
 */
export class Optimizer {
  readonly rule: OptimizerRule;
  readonly #entries = new Map<string, Entry>();

  constructor(rule: OptimizerRule) {
    this.rule = rule;
  }

  /**
   * One update of each parameter, in place. Reads nothing back and leaves no tensor behind. Where it throws, no
   * parameter has moved.
   * @throws KdxError `KDX_PARAMETER_TWICE` when two parameters have one name; `KDX_CHECKPOINT` when a loaded slot has
   *   another shape than its parameter.
   */
  apply(updates: Iterable<ParameterUpdate>, learningRate: number): void {
    tf.tidy(() => {
      const entries = [...updates].map(({ parameter, gradient, name = parameter.name }) => {
        const entry = this.#entryOf(name, parameter.variable);
        return { parameter, gradient, entry };
      });
      const steps = entries.map(({ parameter, gradient, entry }): RuleUpdate => {
        entry.step += 1;
        return {
          parameter: parameter.variable,
          gradient,
          slots: entry.slots,
          step: entry.step,
          learningRate,
          decay: parameter.decay,
        };
      });
      this.rule.update(steps);
    });
  }

  /** Frees the state of a parameter that no longer learns, by the parameter's name in the state. */
  forget(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry) return;
    free(entry);
    this.#entries.delete(name);
  }

  /**
   * Everything an exact resume needs: `<parameter>/<slot>` and `<parameter>/step` (int32). The tensors are the
   * optimiser's own, and change with the next update: copy, do not dispose.
   */
  state(): Map<string, tf.Tensor> {
    const state = new Map<string, tf.Tensor>();
    for (const [name, entry] of this.#entries) {
      this.rule.slots.forEach((slot, i) => {
        state.set(`${name}/${slot}`, entry.slots[i]);
      });
      entry.stepTensor?.dispose();
      entry.stepTensor = tf.keep(tf.scalar(entry.step, 'int32'));
      state.set(`${name}/step`, entry.stepTensor);
    }
    return state;
  }

  /**
   * Takes a state back, in place of what there was.
   * @throws KdxError `KDX_CHECKPOINT` when it is another rule's, nothing changed.
   */
  load(state: ReadonlyMap<string, HostTensor>): void {
    const names = new Set<string>();
    for (const key of state.keys()) names.add(key.slice(0, Math.max(0, key.lastIndexOf('/'))));
    const wanted = new Set(
      [...names].flatMap((name) => [...this.rule.slots, 'step'].map((part) => `${name}/${part}`)),
    );
    const odd =
      [...wanted].find((key) => !state.has(key)) ?? [...state.keys()].find((key) => !wanted.has(key));
    if (odd !== undefined) {
      throw kdxError(
        'KDX_CHECKPOINT',
        `The optimiser's state ${state.has(odd) ? 'has an unknown' : 'lacks'} "${odd}", so it does not belong to ${this.rule.text}; resume with the optimiser that the run started with.`,
      );
    }
    this.dispose();
    for (const name of names) {
      const slots = this.rule.slots.map((slot) => variableOf(state.get(`${name}/${slot}`)!));
      this.#entries.set(name, { slots, step: Number(state.get(`${name}/step`)!.data[0]) });
    }
  }

  /** Frees every slot. */
  dispose(): void {
    for (const entry of this.#entries.values()) free(entry);
    this.#entries.clear();
  }

  #entryOf(name: string, variable: tf.Variable): Entry {
    let entry = this.#entries.get(name);
    if (!entry) {
      entry = { slots: this.rule.slots.map(() => zerosFor(variable)), step: 0 };
      this.#entries.set(name, entry);
    }
    if (entry.owner === variable) return entry;
    if (entry.owner) {
      throw kdxError(
        'KDX_PARAMETER_TWICE',
        `Two parameters are called "${name}" in one optimiser; give each its module's prefix.`,
      );
    }
    const misfit = entry.slots.find((slot) => slot.shape.join() !== variable.shape.join());
    if (misfit) {
      throw kdxError(
        'KDX_CHECKPOINT',
        `The optimiser's state of "${name}" is [${misfit.shape}] and the parameter [${variable.shape}]; resume with the models that the run started with.`,
      );
    }
    entry.owner = variable;
    return entry;
  }
}

const zerosFor = (variable: tf.Variable): tf.Variable =>
  tf.tidy(() => tf.variable(tf.zerosLike(variable), false));

function variableOf({ data, shape }: HostTensor): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(data), [...shape], 'float32'), false));
}

function free({ slots, stepTensor }: Entry): void {
  for (const slot of slots) slot.dispose();
  stepTensor?.dispose();
}
