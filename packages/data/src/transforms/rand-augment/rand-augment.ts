import type { Normalization, Transform } from '@kdx/core';
import type { Rng } from '@kdx/tensor';
import { wrongTransform } from '../../errors.js';
import { statisticalTransform } from '../statistical-transform.js';
import type { Interpolation } from './affine.js';
import { toBytes, toUnit } from './byte-image.js';
import { applyOperation, type DrawnOperation, OPERATION_NAMES } from './operations.js';

export const INTERPOLATIONS: readonly (Interpolation | 'random')[] = ['random', 'bilinear', 'bicubic'];

/** Defaults are timm's `rand-m9-mstd0.5-inc1`, which DeiT trains with. */
export interface RandAugmentOptions {
  /** Mean magnitude, 0 to 10. Default 9. */
  readonly magnitude?: number;
  /** Standard deviation of the magnitude, which is then cut to [0, 10]. Default 0.5. */
  readonly magnitudeStd?: number;
  /** Whether more magnitude always does more. Default true. */
  readonly increasing?: boolean;
  /** Operations drawn per image, with replacement. Default 2. */
  readonly layers?: number;
  /** With which each drawn operation is applied. Default 0.5. */
  readonly probability?: number;
  /**
   * Of rotations, shears and translations. Default `random`: either, by a fair draw each time, as timm does where none is
   * named. DeiT's training script names `bicubic`.
   */
  readonly interpolation?: Interpolation | 'random';
  /** Of the data, per channel of pixels in [0, 1]; its mean is the colour outside. By default the data source tells its own. */
  readonly statistics?: Normalization;
}

type Settings = Required<Omit<RandAugmentOptions, 'statistics'>>;

const DEFAULTS = {
  magnitude: 9,
  magnitudeStd: 0.5,
  increasing: true,
  layers: 2,
  probability: 0.5,
  interpolation: 'random',
} as const;

/** What happens to one image, in order. Draws two numbers per layer, and five more for each that is applied. */
export function drawOperations(options: RandAugmentOptions, rng: Rng): readonly DrawnOperation[] {
  const { magnitude, magnitudeStd, layers, probability, interpolation }: Settings = {
    ...DEFAULTS,
    ...options,
  };
  return Array.from({ length: layers }, () => {
    const name = OPERATION_NAMES[rng.integer(OPERATION_NAMES.length)];
    if (rng.uniform() >= probability) return [];
    const drawn = magnitude + magnitudeStd * rng.normal();
    const sign = rng.uniform() < 0.5 ? 1 : -1;
    const smooth = rng.uniform() < 0.5 ? 'bilinear' : 'bicubic';
    return {
      name,
      magnitude: Math.min(10, Math.max(0, drawn)),
      sign,
      interpolation: interpolation === 'random' ? smooth : interpolation,
    } as const;
  }).flat();
}

/**
 * RandAugment (Cubuk et al. 2020) as timm has it: operations drawn from 15, on 8-bit images with Pillow's arithmetic, byte
 * for byte. Images that were 8-bit stay so; others are rounded when an operation is applied to them. What comes in from
 * outside is the mean of the data.
 * @throws KdxError `KDX_DATA_AUGMENT` for options out of range; when applied, for images that are neither grey nor RGB,
 *   and for pixels outside [0, 1].
 */
export function randAugment(options: RandAugmentOptions = {}): Transform {
  const all: Settings = { ...DEFAULTS, ...options };
  const name = nameOf(all);
  checkOptions(name, all);
  return statisticalTransform(
    name,
    (image, rng, { mean }) => {
      if (image.channels !== 1 && image.channels !== 3) {
        throw wrongTransform(
          name,
          `it takes grey or RGB images, and these have ${image.channels} channels; leave it out`,
        );
      }
      const drawn = drawOperations(all, rng);
      if (drawn.length === 0) return;
      const fill = mean.map((value) => Math.min(255, Math.max(0, Math.round(255 * value))));
      const settings = { increasing: all.increasing, fill };
      const bytes = drawn.reduce(
        (before, operation) => applyOperation(before, operation, settings),
        toBytes(image, name),
      );
      toUnit(bytes, image.data);
    },
    options.statistics,
  );
}

function checkOptions(
  name: string,
  { magnitude, magnitudeStd, layers, probability, interpolation }: Settings,
): void {
  const refuse = (why: string): never => {
    throw wrongTransform(name, why);
  };
  if (!(magnitude >= 0 && magnitude <= 10)) refuse('a magnitude m is a number from 0 to 10');
  if (!(magnitudeStd >= 0 && magnitudeStd < Infinity)) refuse('a standard deviation mstd is a number ≥ 0');
  if (!(Number.isSafeInteger(layers) && layers >= 1)) refuse('n operations are a whole number ≥ 1');
  if (!(probability >= 0 && probability <= 1)) refuse('a probability is a number from 0 to 1');
  if (!INTERPOLATIONS.includes(interpolation)) refuse(`interpolation is one of ${INTERPOLATIONS.join(', ')}`);
}

function nameOf({
  magnitude,
  magnitudeStd,
  increasing,
  layers,
  probability,
  interpolation,
}: Settings): string {
  const always = `m=${magnitude},mstd=${magnitudeStd},inc=${increasing ? 1 : 0},n=${layers}`;
  const p = probability === DEFAULTS.probability ? '' : `,p=${probability}`;
  const smooth = interpolation === DEFAULTS.interpolation ? '' : `,interpolation=${interpolation}`;
  return `randaugment(${always}${p}${smooth})`;
}
