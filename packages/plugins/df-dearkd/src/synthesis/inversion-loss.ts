import { type Model, type ModelOutput } from '@kdx/core';
import { crossEntropy } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import { featuresTap } from './features-tap.js';
import { adiLoss } from './losses/adi.js';
import { batchNormDistance, batchNormsOf } from './losses/batch-norm-distance.js';
import { type ClassPairs, classPairs, divergenceLoss } from './losses/divergence.js';
import { meanImageNorm, totalVariationL1, totalVariationL2, wholeBatchNorm } from './losses/prior.js';
import type { SynthesisSettings } from './settings.js';

export interface InversionLossOptions {
  /** The network images are made from; run in inference. */
  readonly model: Model;
  /** What ADI holds it against. */
  readonly competitor?: Model;
  readonly settings: SynthesisSettings;
  /** Class of each image, `[B]`. */
  readonly targets: Int32Array;
}

export interface InversionLoss {
  /** What the parts are called. */
  readonly names: readonly string[];
  /**
   * The loss of `[B, H, W, C]` images as the network is to see them, normalised, and its parts without their weights. Runs on
   * the tape.
   */
  of(seen: tf.Tensor4D): { readonly total: tf.Scalar; readonly parts: readonly tf.Scalar[] };
  dispose(): void;
}

interface Part {
  readonly name: string;
  readonly weight: number;
  readonly taps?: readonly string[];
  compute(seen: tf.Tensor4D, output: ModelOutput): tf.Scalar;
}

/**
 * `w_ce · CE(f(x), y) + R_prior(x) + α_BN · R_BN(x) + w_div · L_div(x)` (spec §3.2). What has the weight 0 is not computed.
 * @throws KdxError `KDX_SYNTH_COMPETITOR` for ADI without a second network, `KDX_INVERT_NO_BATCH_NORM`, `KDX_SYNTH_LOSS`
 */
export function inversionLoss({ model, competitor, settings, targets }: InversionLossOptions): InversionLoss {
  const { weights, firstBatchNorm, l2Norm = 'image' } = settings;
  const labels = tf.tidy(
    () => tf.cast(tf.oneHot(tf.tensor1d(targets, 'int32'), model.spec.classes), 'float32') as tf.Tensor2D,
  );
  const pairs = classPairs(targets);
  const norms = weights.batchNorm > 0 ? batchNormsOf(model) : [];
  const all: Part[] = [
    { name: 'ce', weight: weights.ce, compute: (_, { logits }) => crossEntropy(logits, labels) },
    { name: 'tvL2', weight: weights.tvL2, compute: totalVariationL2 },
    { name: 'tvL1', weight: weights.tvL1, compute: totalVariationL1 },
    { name: 'l2', weight: weights.l2, compute: l2Norm === 'batch' ? wholeBatchNorm : meanImageNorm },
    {
      name: 'batchNorm',
      weight: weights.batchNorm,
      taps: norms.map(({ tap }) => tap),
      compute: (_, { taps }) => batchNormDistance(taps, norms, { firstMultiplier: firstBatchNorm }),
    },
    divergencePart(model, competitor, settings, pairs),
  ];
  const parts = all.filter(({ weight }) => weight > 0);
  if (parts.length === 0) {
    throw kdxError('KDX_SYNTH_LOSS', 'Every weight of the synthesis is 0; say --set weights.ce=1.');
  }
  const taps = [...new Set(parts.flatMap((part) => part.taps ?? []))];
  return {
    names: parts.map(({ name }) => name),
    of(seen) {
      const output = model.forward(seen, { training: false, taps });
      const values = parts.map(({ compute }) => compute(seen, output));
      const weighted = values.map((value, i) => tf.mul<tf.Scalar>(value, parts[i].weight));
      return { total: tf.addN(weighted), parts: values };
    },
    dispose() {
      labels.dispose();
      pairs.dispose();
    },
  };
}

function divergencePart(
  model: Model,
  competitor: Model | undefined,
  { weights, divergence }: SynthesisSettings,
  pairs: ClassPairs,
): Part {
  const { kind } = divergence;
  const part = { name: 'divergence', weight: kind === 'none' ? 0 : weights.divergence };
  if (kind === 'none' || part.weight === 0) return { ...part, compute: () => tf.scalar(0) };
  if (kind === 'adi') {
    if (!competitor) {
      throw kdxError(
        'KDX_SYNTH_COMPETITOR',
        'divergence.kind=adi holds the inverted network against another one; name it by --compete MODEL@WEIGHTS.',
      );
    }
    return {
      ...part,
      compute: (seen, { logits }) => adiLoss(competitor.forward(seen, { training: false }).logits, logits),
    };
  }
  const tap = featuresTap(model);
  return {
    ...part,
    taps: [tap],
    compute: (_, { taps }) => divergenceLoss(taps[tap] as tf.Tensor2D, pairs, { ...divergence, kind }),
  };
}
