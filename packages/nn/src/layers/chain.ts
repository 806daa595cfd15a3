import * as tf from '@tensorflow/tfjs';
import type { ForwardCall } from '../forward/call.js';
import { Layer } from './layer.js';

/** A layer, or a function without parameters. */
export type Link = Layer | ((x: tf.Tensor) => tf.Tensor);

/**
 * Runs `links` one after another. Each output is freed as soon as the next has read it, but for what a gradient will
 * read; a scope would keep them all to its end.
 */
export function chain(links: readonly Link[], x: tf.Tensor, call: ForwardCall): tf.Tensor {
  return tf.tidy(() =>
    links.reduce((y, link) => {
      const next = link instanceof Layer ? link.apply(y, call) : tf.tidy(() => link(y));
      // A layer may hand back its input, or a tensor that it keeps.
      if (next !== y && isOfOpenScope(y)) y.dispose();
      return next;
    }, x),
  );
}

/** Whether the innermost open scope would free `tensor`. */
function isOfOpenScope(tensor: tf.Tensor): boolean {
  const { activeScope } = tf.engine().state as { readonly activeScope: { readonly id: number } | null };
  return !tensor.kept && tensor.scopeId === activeScope?.id;
}
