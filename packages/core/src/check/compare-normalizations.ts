import { keyedRng } from '@kdx/tensor';
import type { Split } from '../contracts/data.js';
import type { HeadRule, ImageSize, Model, Normalization } from '../contracts/model.js';
import { blamingWeights } from '../evaluate/blaming-weights.js';
import { drawSample, type SampleKind } from '../evaluate/draw-sample.js';
import { fuseHeads } from '../evaluate/fuse-heads.js';
import { headLogits } from '../evaluate/head-logits.js';
import { StreamingMetrics } from '../evaluate/metrics.js';
import { splitImages } from '../evaluate/split-images.js';
import type { Scores } from '../events/event-stream.js';

export interface CompareOptions<C extends Normalization> {
  readonly imageSize: ImageSize;
  readonly headRule: HeadRule;
  /** Images at most, a sample by {@link drawSample}. */
  readonly images: number;
  /** Images per forward. */
  readonly batch: number;
  readonly candidates: readonly C[];
}

export interface ComparedNormalization<C extends Normalization> {
  readonly candidate: C;
  /** Fewer than were scored where the candidate had fallen far behind by then. */
  readonly images: number;
  /** Top-1 in percent on these images. */
  readonly top1: number;
  /** Mean cross-entropy in nats, which tells candidates apart that decide alike. */
  readonly loss: number;
  /** Top-1 under the candidate less that under the model's own normalisation, in points, on the same images. */
  readonly gain: number;
  /** Of the gain, from the images on which the two differ. */
  readonly standardError: number;
}

export interface NormalizationComparison<C extends Normalization> {
  /** Under the model's own normalisation. */
  readonly scores: Scores;
  /** How the images stand for the split; absent where it was scored whole. */
  readonly sample?: SampleKind;
  readonly others: readonly ComparedNormalization<C>[];
}

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
  options: CompareOptions<C>,
): Promise<NormalizationComparison<C>> => blamingWeights(model, () => compare(model, split, options));

async function compare<C extends Normalization>(
  model: Model,
  split: Split,
  { imageSize, headRule, images, batch, candidates }: CompareOptions<C>,
): Promise<NormalizationComparison<C>> {
  const { classes } = model.spec;
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
    top1,
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
