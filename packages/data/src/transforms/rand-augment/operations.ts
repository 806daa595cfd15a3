import {
  type AffineMap,
  affine,
  type Interpolation,
  rotation,
  shearX,
  shearY,
  translation,
} from './affine.js';
import type { ByteImage } from './byte-image.js';
import { brightness, color, contrast, sharpness } from './enhance.js';
import { autoContrast, equalize, invert, posterize, solarize, solarizeAdd } from './tones.js';

/** An operation and how strongly it acts, as drawn for one image. */
export interface DrawnOperation {
  readonly name: OperationName;
  /** In [0, 10]. */
  readonly magnitude: number;
  /** Which of its two directions, where it has two. */
  readonly sign: 1 | -1;
  /** Of geometric operations. */
  readonly interpolation: Interpolation;
}

/** What is the same for all images. */
export interface OperationSettings {
  /**
   * Whether more magnitude always does more (timm's "increasing" set). Else Posterize and Solarize do less with it, and
   * the four enhancements run from 0.1 to 1.9 times.
   */
  readonly increasing: boolean;
  /** What comes in from outside, a byte per channel. */
  readonly fill: readonly number[];
}

type Operation = (image: ByteImage, how: DrawnOperation & OperationSettings) => ByteImage;

const MOST = 10;

const enhancement =
  (enhance: (image: ByteImage, factor: number) => ByteImage): Operation =>
  (image, { magnitude, sign, increasing }) =>
    enhance(image, increasing ? 1 + sign * ((magnitude / MOST) * 0.9) : (magnitude / MOST) * 1.8 + 0.1);

/** `most` is the amount at magnitude 10. */
const geometric =
  (most: number, map: (amount: number, image: ByteImage) => AffineMap): Operation =>
  (image, { magnitude, sign, interpolation, fill }) =>
    affine(image, map(sign * ((magnitude / MOST) * most), image), interpolation, fill);

/** A share of `most`, its fraction dropped; `most` less it where it falls with magnitude. */
const whole = (magnitude: number, most: number, falling: boolean): number => {
  const amount = Math.trunc((magnitude / MOST) * most);
  return falling ? most - amount : amount;
};

/**
 * The 15 operations of timm's RandAugment (Cubuk et al. 2020), with its ranges; spec §1.5. `Rel` is by a share of the
 * side.
 */
const OPERATIONS = {
  AutoContrast: autoContrast,
  Equalize: equalize,
  Invert: invert,
  Rotate: geometric(30, rotation),
  Posterize: (image, { magnitude, increasing }) => posterize(image, whole(magnitude, 4, increasing)),
  Solarize: (image, { magnitude, increasing }) => solarize(image, whole(magnitude, 256, increasing)),
  SolarizeAdd: (image, { magnitude }) => solarizeAdd(image, whole(magnitude, 110, false)),
  Color: enhancement(color),
  Contrast: enhancement(contrast),
  Brightness: enhancement(brightness),
  Sharpness: enhancement(sharpness),
  ShearX: geometric(0.3, shearX),
  ShearY: geometric(0.3, shearY),
  TranslateXRel: geometric(0.45, (share, { width }) => translation(share * width, 0)),
  TranslateYRel: geometric(0.45, (share, { height }) => translation(0, share * height)),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** In timm's order. */
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** A new image of grey or RGB bytes. */
export const applyOperation = (
  image: ByteImage,
  drawn: DrawnOperation,
  settings: OperationSettings,
): ByteImage => (OPERATIONS[drawn.name] as Operation)(image, { ...drawn, ...settings });
