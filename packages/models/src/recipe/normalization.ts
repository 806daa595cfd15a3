import type { Normalization } from '@kdx/core';
import { badNormalization } from '../errors.js';

export interface NormalizationSources {
  /** `?mean=…&std=…` on the name. */
  readonly said: Partial<Normalization>;
  /** Set when there are weights: what their file's metadata says, if anything. */
  readonly file?: Partial<Normalization>;
  /** The data set's own statistics. */
  readonly data: Partial<Normalization>;
  /** The family's. */
  readonly family?: Normalization;
}

/**
 * Whose statistics a model's images are normalised with. With weights it is theirs: name > file > family, never the
 * data's, because a network that was trained with one normalisation is wrong under another. Without weights:
 * name > data > family > 0.5 and 0.5.
 *
 * @throws KdxError `KDX_MODEL_NORMALIZATION` when one of mean and std is missing, a length is not `channels`, a std is
 *   not positive, or weights come without any statistics that fit.
 */
export function resolveNormalization(
  model: string,
  channels: number,
  sources: NormalizationSources,
): Normalization {
  const { said, file, data, family } = sources;
  const candidates = file ? [said, file, family] : [said, data, family];
  const chosen = candidates.find((each) => each?.mean !== undefined || each?.std !== undefined);
  // The family's statistics are for colour; another channel count simply means that it has none to offer.
  const fits = chosen !== family || family?.mean.length === channels;
  if (chosen === undefined || !fits) {
    if (file)
      throw badNormalization(
        model,
        `is not in its weights file and the family has none for ${channels} channels`,
      );
    return { mean: Array(channels).fill(0.5), std: Array(channels).fill(0.5) };
  }
  const { mean, std } = chosen;
  if (mean === undefined || std === undefined) {
    throw badNormalization(model, `has ${mean ? 'a mean without a std' : 'a std without a mean'}`);
  }
  if (mean.length !== channels || std.length !== channels) {
    throw badNormalization(model, `has ${mean.length} means and ${std.length} stds for ${channels} channels`);
  }
  if (![...mean, ...std].every(Number.isFinite) || !std.every((value) => value > 0)) {
    throw badNormalization(model, `has a std that is not positive, or a number that is not finite`);
  }
  return { mean: [...mean], std: [...std] };
}

/** ImageNet's, as used by DeiT and timm's supervised models (spec of DeiT §1.4). */
export const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
