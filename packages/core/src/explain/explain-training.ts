import type { Composition } from '../compose/composition.js';
import type { ExplainedTraining } from './explanation.js';

/** What a run's steps are made of, besides its loss. */
export function explainTraining({
  settings,
  data,
  stepsPerEpoch,
  showings: inEpoch,
  sampler,
}: Composition): ExplainedTraining {
  const { epochs, batch, accumulate, repeats, dropLast, clip, ema, emaWarmup, seed } = settings;
  const imagesPerStep = batch * accumulate;
  const { length } = data.train;
  const showings = dropLast ? stepsPerEpoch * imagesPerStep : inEpoch;
  // Ranks share the repeats of an image as far as they go.
  const different = Math.min(showings, Math.ceil((showings * settings.ranks) / repeats));
  const order = sampler?.name ?? (settings.shuffle ? undefined : 'in the order of the data');
  return {
    epochs,
    stepsPerEpoch,
    imagesPerStep,
    trainImages: length,
    targets: targetsText(settings),
    augment: [
      ...data.augment.map(({ name }) => name),
      ...(repeats > 1
        ? [`each drawn image ${repeats} times in a row (${different} different ones in an epoch)`]
        : []),
    ],
    ...(order === undefined ? {} : { order }),
    ...(settings.ranks > 1 ? { rank: `rank ${settings.rank} of ${settings.ranks}` } : {}),
    clip,
    ema,
    ...(ema === null ? {} : { emaWarmup }),
    seed,
  };
}

const UNITS = {
  batch: { one: 'batch', many: 'batches' },
  pair: { one: 'pair of images', many: 'pairs' },
  elem: { one: 'image', many: 'images' },
} as const;

function targetsText({
  labelSmoothing,
  smoothingRule,
  mixup,
  cutmix,
  mixProbability,
  mixSwitch,
  mixMode = 'batch',
  cutmixMinmax,
  cutmixMargin = 0,
}: Composition['settings']): string {
  const parts = ['one-hot labels'];
  if (labelSmoothing > 0) {
    parts.push(`smoothing ${labelSmoothing}${smoothingRule === 'others' ? ' to the other classes' : ''}`);
  }
  const cutmixText = cutmixMinmax
    ? `cutmix of sides ${cutmixMinmax.join(' to ')}`
    : cutmix > 0 && `cutmix ${cutmix}${cutmixMargin > 0 ? ` (margin ${cutmixMargin})` : ''}`;
  const mixes = [mixup > 0 && `mixup ${mixup}`, cutmixText].filter(Boolean);
  if (mixes.length > 0) {
    const share = mixes.length > 1 ? ` (cutmix in ${Math.round(100 * mixSwitch)} %)` : '';
    const often =
      mixProbability < 1 ? ` of ${Math.round(100 * mixProbability)} % of ${UNITS[mixMode].many}` : '';
    const own = mixMode === 'batch' ? '' : `, each ${UNITS[mixMode].one} in its own way`;
    parts.push(`mixed by ${mixes.join(' or ')}${share}${often}${own}`);
  }
  return parts.join(', ');
}
