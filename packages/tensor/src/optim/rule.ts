import type * as tf from '@tensorflow/tfjs';

/** What a rule needs to update one parameter once. */
export interface RuleUpdate {
  /** Changed in place. */
  readonly parameter: tf.Variable;
  /** Of the parameter's shape; belongs to the caller. */
  readonly gradient: tf.Tensor;
  /** The parameter's own state, in the order of {@link OptimizerRule.slots}, 0 before the first update. Changed in place. */
  readonly slots: readonly tf.Variable[];
  /** Updates of this parameter including this one: 1 at first. */
  readonly step: number;
  readonly learningRate: number;
  /** Whether weight decay applies to this parameter. */
  readonly decay: boolean;
}

/** How a parameter follows its gradient. Stateless: what it remembers lives in slots that the optimiser keeps. */
export interface OptimizerRule {
  /** E.g. `adamw`. */
  readonly name: string;
  /** How `kdx explain` prints it. */
  readonly text: string;
  /** Names of the tensors it keeps per parameter, as in PyTorch's state: `momentum_buffer`, `exp_avg`, `exp_avg_sq`. */
  readonly slots: readonly string[];
  /** One step of all parameters that have a gradient. Synchronous, off the tape, inside a tidy scope. */
  update(updates: readonly RuleUpdate[]): void;
}
