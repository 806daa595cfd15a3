import { declareReads } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { type CustomGradient, tape } from './tape.js';

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>;

/** One closure per input. Only those that some variable or asked-for input needs are ever called. */
export type LazyGradients<I extends Inputs> = { readonly [K in keyof I]-?: () => tf.Tensor };

/** Forward and backward of one op. */
export interface Differentiation<I extends Inputs, O extends tf.Tensor | tf.Tensor[]> {
  /** What the op is a function of; an absent optional input is `undefined`. */
  readonly inputs: I;
  /**
   * Computes the value. `save` is called at most once, with inputs, outputs or intermediates that the backward needs;
   * they live until the gradients are there.
   */
  forward(save: (...tensors: tf.Tensor[]) => void): O;
  /** The gradient of each input from that of the output. */
  backward(dy: O, saved: tf.Tensor[]): LazyGradients<I>;
  /**
   * For each input, the positions in `saved` whose values its gradient reads (of the others it reads shapes at most):
   * where an input is constant, what only its gradient reads is not kept. Default: every gradient reads everything.
   */
  readonly reads?: { readonly [K in keyof I]-?: readonly number[] };
  /**
   * True when `backward` builds on saved inputs alone and on ops that can be differentiated again. Otherwise, inside a
   * nested gradient, the forward's own ops go on the tape instead.
   */
  readonly anyOrder?: boolean;
}

/**
 * Runs an op with a gradient of its own. Each gradient must be a new tensor: TensorFlow.js disposes them as it adds
 * them up, so handing back `dy` itself would free it for others.
 */
export function differentiate<I extends Inputs, O extends tf.Tensor | tf.Tensor[]>(
  op: Differentiation<I, O>,
): O {
  if (tape.isNested() && !op.anyOrder) return op.forward(() => {});
  const present = Object.entries(op.inputs).filter(([, tensor]) => tensor !== undefined);
  const invocation: CustomGradient<O> = {
    inputs: Object.fromEntries(present) as tf.NamedTensorMap,
    // Save only after the forward has succeeded: no code would free tensors saved by a forward that then throws.
    forwardFunc: (_, save) => {
      const saved: tf.Tensor[] = [];
      const value = op.forward((...tensors) => saved.push(...tensors));
      save(saved);
      return value;
    },
    backwardsFunc: (dy, saved) => op.backward(dy, saved) as Record<string, () => tf.Tensor>,
  };
  if (op.reads) declareReads(invocation.backwardsFunc, op.reads);
  return tape.run(invocation);
}

/**
 * Computes several gradients in one go. Outside a closure, because TensorFlow.js tidies each closure on its own and
 * would dispose what the others still have to hand out.
 */
export function together<G extends Record<string, tf.Tensor>>(
  compute: () => G,
): { readonly [K in keyof G]: () => tf.Tensor } {
  const gradients = tf.tidy(compute as () => tf.NamedTensorMap);
  const lazy = Object.entries(gradients).map(([name, gradient]) => [name, () => gradient]);
  return Object.fromEntries(lazy) as { [K in keyof G]: () => tf.Tensor };
}
