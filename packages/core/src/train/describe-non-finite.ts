import { KdxError } from '@kdx/tensor';
import type { BatchLoader } from '../batch/batch-loader.js';
import type { Composition } from '../compose/composition.js';
import type { Clock } from '../contracts/schedule.js';
import { kdxError } from '../errors.js';
import { changedBatch } from './changed-by-hooks.js';
import { clockAt, type LoopPhase } from './loop.js';
import type { NonFiniteLoss } from './step-metrics.js';

/** Finds out whether the data or the optimisation made a loss non-finite, and says what to do about it. */
export async function describeNonFinite(
  error: NonFiniteLoss,
  {
    loader,
    composition,
    phases,
    checkpoint,
    blame,
  }: {
    loader: BatchLoader;
    composition: Composition;
    phases: readonly LoopPhase[];
    checkpoint: string | undefined;
    /** The terms whose gradients are not finite at a step, see `blameGradient`. */
    blame: (clock: Clock) => Promise<readonly string[]>;
  },
): Promise<KdxError> {
  const saved = savedText(checkpoint);
  const clock = clockAt(phases, error.step);
  const { epoch, stepInEpoch } = clock;
  const [images, full] = [stepInEpoch, 0].map((step) => imagesOf(loader, epoch, step));
  for (let micro = 0; micro < loader.microBatches(stepInEpoch); micro++) {
    for (const { index: sample, repeat } of loader.shown(epoch, stepInEpoch, micro)) {
      // One by one and not as a batch: mixing spreads what is wrong with one image to its partner.
      const image = await loader.image(epoch, sample, undefined, repeat);
      const bad = image.find((value) => !Number.isFinite(value));
      if (bad === undefined) continue;
      return kdxError(
        'KDX_DATA_NAN',
        `Training image ${sample} holds ${bad}, which made the loss ${error.value} at step ${error.step}; mend or remove that image.`,
        { cause: error },
      );
    }
    const batch = await changedBatch(composition, await loader.load(epoch, stepInEpoch, micro), clock);
    const broken = [...batch.images, ...batch.targets].find((value) => !Number.isFinite(value));
    if (broken !== undefined) {
      return kdxError(
        'KDX_DATA_NAN',
        `The "batch" hooks (${composition.hooks
          .contributors('batch')
          .map((plugin) => `plugin "${plugin}"`)
          .join(
            ', ',
          )}) put ${broken} into the batch of step ${error.step}, whose images were finite; ${saved}. Fix that plugin or leave it out.`,
        { cause: error },
      );
    }
  }
  const before = error.step > 0 ? clockAt(phases, error.step - 1) : undefined;
  // What fails on the way to an explanation must not hide what is explained.
  const blamed = before && error.term !== undefined ? await blame(before).catch(() => []) : [];
  if (blamed.length > 0) {
    return gradientError(blamed, {
      step: error.step - 1,
      lost: `every loss of step ${error.step}`,
      saved,
      cause: error,
    });
  }
  // The terms were finite, and their sum was not when the hooks had changed it.
  const changers = error.term === undefined ? composition.hooks.contributors('loss') : [];
  const by = changers.map((plugin) => `hook "loss" of plugin "${plugin}"`).join(' and ');
  const became = by === '' ? error.message : `${error.message} after ${by}`;
  return kdxError(
    'KDX_NON_FINITE',
    images < full
      ? `${became}, whose batch, the epoch's last, has ${images} of ${full} images; ${saved}. Leave it out (--set dropLast=true) if the loss cannot be had of so few, else try a smaller --lr or a gradient limit (--set clip=1).`
      : `${became}; ${saved}. Try a smaller --lr or a gradient limit (--set clip=1).`,
    { cause: error },
  );
}

/**
 * The error of weights that are found not finite at the end of an epoch, when its last step made them so: no loss shows it.
 * @returns undefined where no term is to blame
 */
export async function describeLostWeights(
  cause: KdxError,
  {
    clock,
    checkpoint,
    blame,
  }: {
    /** Of the last step. */
    clock: Clock;
    checkpoint: string | undefined;
    blame: (clock: Clock) => Promise<readonly string[]>;
  },
): Promise<KdxError | undefined> {
  const blamed = await blame(clock);
  if (blamed.length === 0) return undefined;
  return gradientError(blamed, {
    step: clock.step,
    lost: "the student's outputs",
    saved: savedText(checkpoint),
    cause,
  });
}

const savedText = (checkpoint: string | undefined): string =>
  checkpoint ? `the last good checkpoint is ${checkpoint}` : 'no checkpoint was written before it';

function gradientError(
  terms: readonly string[],
  { step, lost, saved, cause }: { step: number; lost: string; saved: string; cause: KdxError },
): KdxError {
  const many = terms.length > 1;
  return kdxError(
    'KDX_NON_FINITE',
    `The ${many ? 'gradients' : 'gradient'} of ${terms.join(' and ')} ${many ? 'are' : 'is'} not finite at step ${step}, whose losses were, and with the weights ${lost} ${lost.startsWith('every') ? 'was' : 'were'} lost; ${saved}. Change ${many ? 'those terms' : 'that term'} where the derivative has no finite value (a square root or a norm of 0, a division by 0), or leave ${many ? 'them' : 'it'} out.`,
    { cause },
  );
}

const imagesOf = (loader: BatchLoader, epoch: number, stepInEpoch: number): number =>
  Array.from(
    { length: loader.microBatches(stepInEpoch) },
    (_, micro) => loader.indices(epoch, stepInEpoch, micro).length,
  ).reduce((sum, count) => sum + count, 0);
