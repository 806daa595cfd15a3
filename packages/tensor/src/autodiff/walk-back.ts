import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import { recordingEngine } from './engine.js';
import { IncomingGradients } from './incoming.js';
import type { RecordedNode } from './record.js';

/**
 * Walks a tape backwards from `loss`, outside any recording: frees the gradient of an op's outputs and what it saved as
 * soon as its inputs have theirs, and at once what leads nowhere. Empties `tape`. Inside a tidy scope.
 * @returns gradients that came for what no recorded op made
 * @throws KdxError `KDX_NO_GRADIENT`, `KDX_GRADIENT_INVALID`
 */
export function walkBack(tape: RecordedNode[], loss: tf.Tensor): IncomingGradients {
  const incoming = new IncomingGradients();
  incoming.add(loss, tf.fill(loss.shape, 1));
  while (tape.length > 0) {
    const node = tape[tape.length - 1];
    if (node.outputs.some((output) => incoming.has(output))) passThrough(node, incoming);
    for (const tensor of node.saved) tensor.dispose();
    tape.pop();
  }
  return incoming;
}

function passThrough(node: RecordedNode, incoming: IncomingGradients): void {
  const { inputs, outputs, learning, begin } = node;
  const dys = outputs.map((output) => incoming.take(output));
  if (learning.length === 0) {
    tf.dispose(dys.filter((dy) => dy !== null));
    return;
  }
  if (begin) {
    incoming.addSlice(inputs.x, { begin, gradient: dys[0] as tf.Tensor });
    return;
  }
  const gradients = tf.tidy(() => gradientsOf(node, dys));
  for (const dy of dys) dy?.dispose();
  learning.forEach((name, i) => {
    incoming.add(inputs[name], gradients[i]);
  });
}

/** One new tensor per learning input. */
function gradientsOf(node: RecordedNode, dys: readonly (tf.Tensor | null)[]): tf.Tensor[] {
  const { kernelName, gradient, learning, inputs } = node;
  if (!gradient) {
    throw kdxError(
      'KDX_NO_GRADIENT',
      `The loss depends on a trained variable through "${kernelName}", which has no gradient; use another op, or give it one with tf.customGrad.`,
    );
  }
  const lazy = gradient(dys);
  const scope = recordingEngine().state.activeScope?.id;
  const seen = new Set<tf.Tensor>();
  return learning.map((name) => {
    const given = name in lazy ? tf.tidy(() => lazy[name]()) : undefined;
    const { shape } = inputs[name];
    if (given?.dtype !== 'float32' || !tf.util.arraysEqual(given.shape, shape)) {
      const found = given ? `${given.dtype} [${given.shape}]` : 'missing';
      throw kdxError(
        'KDX_GRADIENT_INVALID',
        `The gradient of "${kernelName}" for its input "${name}" is ${found} and must be float32 [${shape}]; fix its gradient function.`,
      );
    }
    // A gradient function may return its argument, a saved tensor, or one tensor for two inputs.
    const isNew = given.scopeId === scope && !given.kept && !seen.has(given);
    seen.add(given);
    return isNew ? given : tf.clone(given);
  });
}
