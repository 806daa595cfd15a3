import * as tf from '@tensorflow/tfjs';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import { exact } from './exact.js';
import type { Inputs } from './inputs.js';
import { insertionPoints } from './insertion-points.js';

/** Kernels that make probabilities of logits and draw from them. */
export const SOFTMAX_KERNELS: readonly KernelDefinition[] = [
  kernel<Inputs<'logits'>, tf.SoftmaxAttrs>('Softmax', ({ logits }, { dim }, scope) =>
    scope.call('softmax.int', scope.of(logits), dim, SCALAR_TYPE.float32),
  ),

  kernel<Inputs<'logits'>, tf.MultinomialAttrs>(
    'Multinomial',
    ({ logits }, { numSamples, seed, normalized }, scope) => {
      const [B, classes] = logits.shape as [number, number];
      const given = exact(scope, logits);
      const chances = normalized ? given : scope.call('softmax.int', given, -1);
      // The last class takes what rounding leaves over.
      const totals = scope.call('cumsum', scope.call('narrow', chances, -1, 0, classes - 1), -1);
      const uniform = tf.randomUniform([numSamples], 0, 1, 'float32', seed);
      const draws = scope.call('expand', scope.of(uniform), [B, numSamples]);
      const drawn = insertionPoints(scope, totals, draws, 'right');
      uniform.dispose();
      return drawn;
    },
  ),
];
