/**
 * What shares one λ and one box: the whole batch, an image and its partner, or one image alone (timm's `batch`, `pair` and
 * `elem`).
 */
export type MixMode = 'batch' | 'pair' | 'elem';

export const MIX_MODES = ['batch', 'pair', 'elem'] as const satisfies readonly MixMode[];

export interface MixOptions {
  /** α of Beta(α, α) for mixup, 0 is off. DeiT: 0.8. */
  readonly mixup: number;
  /** α of Beta(α, α) for CutMix, 0 is off. DeiT: 1. */
  readonly cutmix: number;
  /** Probability that a batch, pair or image is mixed at all. DeiT: 1. */
  readonly probability: number;
  /** Probability of CutMix where both are on. DeiT: 0.5. */
  readonly switchProbability: number;
  /** Default `batch`. */
  readonly mode?: MixMode;
  /** Sides of CutMix's box, smallest and largest, as shares of the image's. It turns CutMix on, with α = 1, as in timm. */
  readonly cutmixMinmax?: readonly [min: number, max: number];
  /** Share of the box's sides that its centre keeps from the border, in [0, 0.5). Default 0. */
  readonly cutmixMargin?: number;
}

/** α of CutMix, 0 where it is off. */
export const cutmixAlpha = ({ cutmix, cutmixMinmax }: Pick<MixOptions, 'cutmix' | 'cutmixMinmax'>): number =>
  cutmixMinmax ? 1 : cutmix;

/** Whether a run with these settings ever mixes images. */
export const mixes = (settings: {
  readonly mixup: number;
  readonly cutmix: number;
  readonly cutmixMinmax?: readonly [number, number];
  readonly mixProbability: number;
}): boolean => (settings.mixup > 0 || cutmixAlpha(settings) > 0) && settings.mixProbability > 0;
