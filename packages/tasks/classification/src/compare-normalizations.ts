import type {
  ComparedNormalization,
  Model,
  Normalization,
  NormalizationTrial,
  NormalizationTrialOptions,
  Split,
} from '@kdx/core';
import { blamingWeights, drawSample, headLogits, splitImages } from '@kdx/core/run';
import { keyedRng } from '@kdx/tensor';
import { fuseHeads, usualHeadRule } from './fuse-heads.js';
import { StreamingMetrics } from './metrics.js';

interface Trial<C> {
  readonly candidate: C;
  readonly metrics: StreamingMetrics;
  images: number;
  /** Right under the candidate alone, and under the model's own alone. */
  gained: number;
  lost: number;
  open: boolean;
}

/**
 * Scores a model under its own normalisation and, on the same images, under others: a teacher that does better under
 * another is not fed what it was trained on. A candidate that is behind by more than two standard errors is given up.
 * @throws KdxError `KDX_NON_FINITE`, `KDX_SHAPE`, `KDX_LABEL_RANGE`
 */
export const compareNormalizations = <C extends Normalization>(
  model: Model,
  split: Split,
  options: NormalizationTrialOptions<C>,
): Promise<NormalizationTrial<C>> => blamingWeights(model, () => compare(model, split, options));

async function compare<C extends Normalization>(
  model: Model,
  split: Split,
  { imageSize, images, batch, candidates }: NormalizationTrialOptions<C>,
): Promise<NormalizationTrial<C>> {
  const { classes } = model.spec;
  const headRule = usualHeadRule(model);
  const { indices, kind: sample } = drawSample(split, images);
  // In a random order, because a candidate may be given up on the first images alone.
  const order = keyedRng(0, 'normalizations').shuffle(indices);
  const count = order.length;
  const metrics = new StreamingMetrics(classes);
  const trials = candidates.map(
    (candidate): Trial<C> => ({
      candidate,
      metrics: new StreamingMetrics(classes),
      images: 0,
      gained: 0,
      lost: 0,
      open: true,
    }),
  );
  for (let start = 0; start < count; start += batch) {
    const rows = Math.min(batch, count - start);
    const batchIndices = order.subarray(start, start + rows);
    const { images: host, labels } = await splitImages(split, batchIndices, imageSize);
    const logitsUnder = async (normalization: Normalization): Promise<Float32Array> =>
      fuseHeads(headRule, await headLogits(model, host, imageSize, normalization), classes);
    const own = await logitsUnder(model.spec);
    metrics.add(own, labels);
    for (const trial of trials.filter(({ open }) => open)) {
      const other = await logitsUnder(trial.candidate);
      for (let row = 0; row < rows; row++) {
        const [was, is] = [own, other].map((logits) => decision(logits, row, classes) === labels[row]);
        trial.gained += Number(is && !was);
        trial.lost += Number(was && !is);
      }
      trial.metrics.add(other, labels);
      trial.images += rows;
      const { gain, standardError } = result(trial);
      trial.open = gain >= -2 * standardError || trial.images < 64;
    }
  }
  return { scores: metrics.result(), sample, others: trials.map(result) };
}

function result<C extends Normalization>(trial: Trial<C>): ComparedNormalization<C> {
  const { candidate, metrics, images, gained, lost } = trial;
  const { top1, loss } = metrics.result();
  const gain = (gained - lost) / images;
  // Of a mean of differences that are 1, −1 or 0.
  const variance = Math.max(0, (gained + lost) / images - gain ** 2) / images;
  return {
    candidate,
    images,
    score: top1,
    loss,
    gain: 100 * gain,
    standardError: 100 * Math.sqrt(variance),
  };
}

function decision(logits: Float32Array, row: number, classes: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) if (logits[row * classes + k] > logits[row * classes + best]) best = k;
  return best;
}
