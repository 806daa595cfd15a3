import type { CollatedBatch } from '@kdx/core';
import { cutmixAlpha } from '@kdx/core/run';
import { mixBatch } from './mixing/mix-batch.js';
import { smoothTargets } from './mixing/smooth-targets.js';

/**
 * Soft targets `[B, K]` of a batch: labels smoothed by the settings `labelSmoothing` and `smoothingRule`, and mixed with the
 * images, which mixup and CutMix change in place.
 * @throws KdxError `KDX_LABEL_RANGE`
 */
export function collate({ images, shape, labels, data, settings, rng }: CollatedBatch): Float32Array {
  const { mixup, cutmix, mixProbability, mixSwitch, mixMode, cutmixMinmax, cutmixMargin } = settings;
  const targets = smoothTargets(
    labels,
    data.labelNames.length,
    settings.labelSmoothing,
    settings.smoothingRule,
  );
  if (mixup > 0 || cutmixAlpha(settings) > 0) {
    mixBatch({
      images,
      targets,
      shape,
      options: {
        mixup,
        cutmix,
        probability: mixProbability,
        switchProbability: mixSwitch,
        mode: mixMode,
        cutmixMinmax,
        cutmixMargin,
      },
      rng: rng('mix'),
    });
  }
  return targets;
}
