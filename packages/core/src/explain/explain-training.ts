import type { Composition } from '../compose/composition.js';
import type { ExplainedTraining } from './explanation.js';

/** What a run's steps are made of, besides its loss. */
export function explainTraining({ settings, data, stepsPerEpoch }: Composition): ExplainedTraining {
  const { epochs, batch, accumulate, repeats, dropLast, clip, ema, emaWarmup, seed } = settings;
  const imagesPerStep = batch * accumulate;
  const { length } = data.train;
  const showings = dropLast ? stepsPerEpoch * imagesPerStep : length;
  return {
    epochs,
    stepsPerEpoch,
    imagesPerStep,
    trainImages: length,
    targets: targetsText(settings),
    augment: [
      ...data.augment.map(({ name }) => name),
      ...(repeats > 1
        ? [
            `each drawn image ${repeats} times in a row (${Math.ceil(showings / repeats)} different ones in an epoch)`,
          ]
        : []),
    ],
    clip,
    ema,
    emaWarmup: ema === null ? null : emaWarmup,
    seed,
  };
}

function targetsText({
  labelSmoothing,
  smoothingRule,
  mixup,
  cutmix,
  mixProbability,
  mixSwitch,
}: Composition['settings']): string {
  const parts = ['one-hot labels'];
  if (labelSmoothing > 0) {
    parts.push(`smoothing ${labelSmoothing}${smoothingRule === 'others' ? ' to the other classes' : ''}`);
  }
  const mixes = [mixup > 0 && `mixup ${mixup}`, cutmix > 0 && `cutmix ${cutmix}`].filter(Boolean);
  if (mixes.length > 0) {
    const share = mixes.length > 1 ? ` (cutmix in ${Math.round(100 * mixSwitch)} %)` : '';
    const often = mixProbability < 1 ? ` of ${Math.round(100 * mixProbability)} % of batches` : '';
    parts.push(`mixed by ${mixes.join(' or ')}${share}${often}`);
  }
  return parts.join(', ');
}
