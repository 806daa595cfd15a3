import { type HelperModule, type PluginContext } from '@kdx/core';
import { globalAveragePool, helperModule, Linear } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import { ConvNormRelu } from './conv-norm-relu.js';
import { mapStages, strideBetween } from './stages.js';

/** A shadow head on the student's own backbone (spec §2.3): a copy of its classifier, which reads the same feature. */
export function linearShadow(ctx: PluginContext, named: string | undefined): HelperModule {
  const { student } = ctx;
  const { classes, featureDim, name } = student.spec;
  // What the families call the feature that the class head reads; of tokens it is the first.
  const tap = named ?? ['pooled', 'norm'].find((path) => student.taps().get(path)?.at(-1) === featureDim);
  if (tap === undefined) {
    throw kdxError(
      'KDX_SHAKE_FEATURE',
      `Plugin "shake" does not know what the classifier of ${name} reads, ${featureDim} values; name that tap with --plugins 'shake:{"feature":"…"}' ("kdx models" lists them).`,
    );
  }
  return helperModule([ctx.tap('student', tap)], (scope, [shape]) => {
    const head = new Linear(scope, shape[shape.length - 1], classes);
    return ([x], call) => head.apply(asVector(x), call);
  });
}

/**
 * The submission's "stronger" shadow, whose layers no source gives. Ours: two convolutions from the last stage but one to the
 * width of the last, then a classifier.
 */
export function strongerShadow(ctx: PluginContext): HelperModule {
  const { student } = ctx;
  const stages = mapStages(student);
  if (stages.length < 2) {
    throw kdxError(
      'KDX_SHAKE_FEATURE',
      `Plugin "shake": a stronger head starts at the last stage but one, and ${student.spec.name} has ${stages.length} with maps; take --plugins 'shake:{"head":"linear"}'.`,
    );
  }
  const [before, last] = stages.slice(-2);
  return helperModule([ctx.tap('student', before.tap)], (scope, [shape]) => {
    const [, , C] = last.shape;
    const first = new ConvNormRelu(scope.child('conv.0'), shape[2], C, 3, strideBetween(shape, last.shape));
    const second = new ConvNormRelu(scope.child('conv.1'), C, C, 3);
    const head = new Linear(scope.child('fc'), C, student.spec.classes);
    return ([x], call) =>
      head.apply(globalAveragePool(second.apply(first.apply(x, call), call) as tf.Tensor4D), call);
  });
}

/** `[B, D]` of a feature, of the first of tokens `[B, T, D]`, or of maps `[B, H, W, D]`. */
function asVector(x: tf.Tensor): tf.Tensor {
  if (x.rank === 4) return globalAveragePool(x as tf.Tensor4D);
  return x.rank === 3 ? tf.squeeze(tf.slice(x, [0, 0, 0], [x.shape[0], 1, x.shape[2] as number]), [1]) : x;
}
