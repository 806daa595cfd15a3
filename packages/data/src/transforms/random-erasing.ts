import type { Image, Normalization, Transform } from '@kdx/core';
import type { Rng } from '@kdx/tensor';
import { wrongTransform } from '../errors.js';
import { statisticalTransform } from './statistical-transform.js';

/**
 * What an erased rectangle is filled with: noise per pixel (`pixel`), one random colour (`rand`), or the mean of the data
 * (`const`).
 */
export type ErasingMode = 'pixel' | 'rand' | 'const';

export const ERASING_MODES: readonly ErasingMode[] = ['pixel', 'rand', 'const'];

/** How often and what is erased. Defaults are those of timm and DeiT. */
export interface RandomErasingOptions {
  /** Share of images. Default 0.25. */
  readonly probability?: number;
  /** Default `pixel`. */
  readonly mode?: ErasingMode;
  /** Share of the image's area, uniform between these. Default 0.02 and 1/3. */
  readonly minArea?: number;
  readonly maxArea?: number;
  /** Height over width, log-uniform between these. Default 0.3 and 1 / `minAspect`. */
  readonly minAspect?: number;
  readonly maxAspect?: number;
  /** Rectangles of an image, uniform between these. Default 1 and `minCount`. The area drawn is shared among them. */
  readonly minCount?: number;
  readonly maxCount?: number;
  /** Of the data, per channel of pixels in [0, 1]. By default the data source tells its own. */
  readonly statistics?: Normalization;
}

const DEFAULTS = {
  probability: 0.25,
  mode: 'pixel',
  minArea: 0.02,
  maxArea: 1 / 3,
  minAspect: 0.3,
  minCount: 1,
} as const;

/** A rectangle larger than this share of a side is drawn again; after so many draws it is left out. */
const ATTEMPTS = 10;

/** More rectangles than this are a slip of the hand. */
const MOST = 1000;

/**
 * Fills a random rectangle of an image (Zhong et al. 2020), or several, as timm 0.3.2 does. Of n rectangles each has the n-th
 * part of an area drawn for it; they may overlap.
 *
 * timm erases after normalisation, with z ~ N(0, 1). Normalisation is z = (x − mean) / std, so the same in pixels is
 * x = mean + std · z of the data's statistics; such pixels may leave [0, 1], as theirs leave the range of images. It comes
 * last in a list of transforms. A teacher that is normalised by statistics of its own sees the same pixels, whose noise
 * is then not quite N(0, 1).
 *
 * Draws one number per image, one more for the count where it varies; then for each rectangle two for each attempt, two for the
 * place, and the noise.
 * @throws KdxError `KDX_DATA_AUGMENT` unless 0 ≤ p ≤ 1, 0 < areas ≤ 1, 0 < aspects and 1 ≤ counts, each pair in order.
 */
export function randomErasing(options: RandomErasingOptions = {}): Transform {
  const { probability, mode, minArea, maxArea, minAspect, minCount } = { ...DEFAULTS, ...options };
  const maxAspect = options.maxAspect ?? 1 / minAspect;
  const maxCount = options.maxCount ?? minCount;
  const name = nameOf({ ...options, probability, mode });
  checkOptions(name, { probability, mode, minArea, maxArea, minAspect, maxAspect, minCount, maxCount });
  const [logMin, logMax] = [Math.log(minAspect), Math.log(maxAspect)];

  function apply(image: Image, rng: Rng, statistics: Normalization): void {
    if (rng.uniform() >= probability) return;
    const count = minCount === maxCount ? minCount : minCount + rng.integer(maxCount - minCount + 1);
    for (let i = 0; i < count; i += 1) erase(image, count, rng, statistics);
  }

  function erase(image: Image, count: number, rng: Rng, statistics: Normalization): void {
    const { height, width } = image;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const area = (height * width * (minArea + (maxArea - minArea) * rng.uniform())) / count;
      const aspect = Math.exp(logMin + (logMax - logMin) * rng.uniform());
      const h = Math.round(Math.sqrt(area * aspect));
      const w = Math.round(Math.sqrt(area / aspect));
      // Strictly smaller on both sides, as in timm; one that rounds to nothing erases nothing, as there.
      if (h >= height || w >= width) continue;
      const top = rng.integer(height - h + 1);
      const left = rng.integer(width - w + 1);
      fill(image, { top, left, h, w }, mode, rng, statistics);
      return;
    }
  }
  return statisticalTransform(name, apply, options.statistics);
}

function fill(
  { width, channels, data }: Image,
  { top, left, h, w }: { top: number; left: number; h: number; w: number },
  mode: ErasingMode,
  rng: Rng,
  { mean, std }: Normalization,
): void {
  const colour = mean.map((value, c) => (mode === 'rand' ? value + std[c] * rng.normal() : value));
  for (let y = top; y < top + h; y += 1) {
    for (let x = left, o = (y * width + left) * channels; x < left + w; x += 1) {
      for (let c = 0; c < channels; c += 1, o += 1) {
        data[o] = mode === 'pixel' ? mean[c] + std[c] * rng.normal() : colour[c];
      }
    }
  }
}

function checkOptions(
  name: string,
  {
    probability,
    mode,
    minArea,
    maxArea,
    minAspect,
    maxAspect,
    minCount,
    maxCount,
  }: Required<Omit<RandomErasingOptions, 'statistics'>>,
): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw wrongTransform(name, 'a probability is a number from 0 to 1');
  }
  if (!ERASING_MODES.includes(mode)) throw wrongTransform(name, `mode is one of ${ERASING_MODES.join(', ')}`);
  if (!(minArea > 0 && minArea <= maxArea && maxArea <= 1)) {
    throw wrongTransform(
      name,
      `areas are shares of an image with 0 < min-area ≤ max-area ≤ 1, not ${minArea} and ${maxArea}`,
    );
  }
  if (!(minAspect > 0 && minAspect <= maxAspect && maxAspect < Infinity)) {
    throw wrongTransform(
      name,
      `aspects are height over width with 0 < min-aspect ≤ max-aspect, not ${minAspect} and ${maxAspect}`,
    );
  }
  if (
    !(
      [minCount, maxCount].every(Number.isInteger) &&
      minCount >= 1 &&
      minCount <= maxCount &&
      maxCount <= MOST
    )
  ) {
    throw wrongTransform(
      name,
      `counts are whole numbers of rectangles with 1 ≤ min-count ≤ max-count ≤ ${MOST}, not ${minCount} and ${maxCount}`,
    );
  }
}

function nameOf(options: RandomErasingOptions): string {
  const shown = {
    p: options.probability,
    mode: options.mode,
    'min-area': options.minArea,
    'max-area': options.maxArea,
    'min-aspect': options.minAspect,
    'max-aspect': options.maxAspect,
    'min-count': options.minCount,
    'max-count': options.maxCount,
  };
  const parts = Object.entries(shown).flatMap(([key, value]) =>
    value === undefined ? [] : `${key}=${value}`,
  );
  return `erase(${parts.join(',')})`;
}
