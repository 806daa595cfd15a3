import type { HelperModule, Ref } from '@kdx/core';
import { ConvNormRelu, strideBetween } from '@kdx/distill-ops';
import { detach, globalAveragePool, helperModule, Linear, linear } from '@kdx/nn';
import type { Parameter } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

/** The classifier the head ends in: the teacher's own, frozen, or one for so many classes that learns. */
export type Classifier =
  | { readonly weight: Parameter; readonly bias: Parameter | undefined }
  | { readonly classes: number };

/**
 * The official shadow head: it reads stages g_1 … g_n of the frozen teacher and climbs from the first to the last
 * (spec §2.2). For three stages
 *
 *     u_1 = CBR3×3(C1→C2, /2)(g_1)        u_3 = CBR3×3(C2→C3, /2)(u_1 + CBR1×1(g_2))
 *     u_5 = CBR3×3(C3→C3)(u_3 + CBR1×1(g_3))        h = W_T · GAP(u_5) + b_T
 *
 * @param stages taps `[B, H, W, C]`, shallow first
 */
export const teacherSideShadow = (stages: readonly Ref[], classifier: Classifier): HelperModule =>
  helperModule(stages, (scope, shapes) => {
    const last = shapes.length - 1;
    const lateral = shapes.map(([, , C], i) =>
      i === 0 ? undefined : new ConvNormRelu(scope.child(`lateral.${i}`), C, C, 1),
    );
    const climb = shapes.map(([, , C], i) => {
      const next = shapes[Math.min(i + 1, last)];
      return new ConvNormRelu(scope.child(`climb.${i}`), C, next[2], 3, strideBetween(shapes[i], next));
    });
    const own =
      'classes' in classifier
        ? new Linear(scope.child('fc'), shapes[last][2], classifier.classes)
        : undefined;
    return (maps, call) => {
      let u = climb[0].apply(maps[0], call);
      for (let i = 1; i <= last; i++) {
        const beside = (lateral[i] as ConvNormRelu).apply(maps[i], call);
        u = climb[i].apply(tf.add(u, beside), call);
      }
      const feature = globalAveragePool(u as tf.Tensor4D);
      if ('classes' in classifier) return (own as Linear).apply(feature, call);
      const { weight, bias } = classifier;
      return linear(
        feature,
        detach(weight.variable) as tf.Tensor2D,
        bias && (detach(bias.variable) as tf.Tensor1D),
      );
    };
  });
