import { type HelperModule, type PluginContext } from '@kdx/core';
import { ConvNormRelu, strideBetween, toVector } from '@kdx/distill-ops';
import { globalAveragePool, helperModule, Linear } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import { mapStages } from './stages.js';

/** A shadow head on the student's own backbone (spec §2.3): a copy of its classifier, which reads the same feature. */
export function linearShadow(ctx: PluginContext, named: string | undefined): HelperModule {
  const { student } = ctx;
  const { classes, featureDim, name } = student.spec;
  // The families' names for the feature that the class head reads; of tokens it reads the first.
  const tap = named ?? ['pooled', 'norm'].find((path) => student.taps().get(path)?.at(-1) === featureDim);
  if (tap === undefined) {
    throw kdxError(
      'KDX_SHAKE_FEATURE',
      `Plugin "shake" does not know what the classifier of ${name} reads, ${featureDim} values; name that tap with --plugins 'shake:{"feature":"…"}' ("kdx models" lists them).`,
    );
  }
  return helperModule([ctx.tap('student', tap)], (scope, [shape]) => {
    const head = new Linear(scope, shape[shape.length - 1], classes);
    return ([x], call) => head.apply(toVector(x), call);
  });
}

/**
 * The submission's "stronger" shadow, whose layers no source gives. Our choice: two convolutions from the last stage but one to the
 * width of the last, then a classifier.
 */
export function strongerShadow(ctx: PluginContext): HelperModule {
  const { student } = ctx;
  const stages = mapStages(ctx, 'student');
  if (stages.length < 2) {
    throw kdxError(
      'KDX_SHAKE_FEATURE',
      `Plugin "shake": a stronger head starts at the last stage but one, and ${student.spec.name} has ${stages.length} with maps; use --plugins 'shake:{"head":"linear"}'.`,
    );
  }
  const [before, last] = stages.slice(-2);
  return helperModule([before.ref], (scope) => {
    const C = last.channels;
    const stride = strideBetween(before.grid, last.grid);
    const first = new ConvNormRelu(scope.child('conv.0'), before.channels, C, 3, stride);
    const second = new ConvNormRelu(scope.child('conv.1'), C, C, 3);
    const head = new Linear(scope.child('fc'), C, student.spec.classes);
    return ([x], call) =>
      head.apply(globalAveragePool(second.apply(first.apply(x, call), call) as tf.Tensor4D), call);
  });
}
