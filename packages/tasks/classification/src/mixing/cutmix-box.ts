import type { Rng } from '@kdx/tensor';

/** A rectangle of pixels, `top` and `left` inside, `bottom` and `right` outside, and the share of the image it leaves. */
export interface CutmixBox {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  /** 1 − area / (H · W), after clipping. */
  readonly lam: number;
}

/**
 * The box of CutMix as timm 0.3.2 cuts it (spec of DeiT, section 1.5 and golden case G3): sides `⌊H √(1 − λ)⌋` and
 * `⌊W √(1 − λ)⌋`, laid half to each side of the centre (so `2 ⌊side / 2⌋` wide) and clipped to the image.
 *
 * @param lam λ as drawn, in [0, 1].
 * @param centreY Row of the centre, in [0, height).
 */
export function cutmixBox(
  height: number,
  width: number,
  lam: number,
  centreY: number,
  centreX: number,
): CutmixBox {
  const ratio = Math.sqrt(1 - lam);
  const halfHeight = Math.floor(Math.floor(height * ratio) / 2);
  const halfWidth = Math.floor(Math.floor(width * ratio) / 2);
  const top = Math.max(0, centreY - halfHeight);
  const bottom = Math.min(height, centreY + halfHeight);
  const left = Math.max(0, centreX - halfWidth);
  const right = Math.min(width, centreX + halfWidth);
  return { top, bottom, left, right, lam: shareLeft(height, width, bottom - top, right - left) };
}

export interface DrawBoxOptions {
  /**
   * Share of the box's own sides that its centre keeps from the border, in [0, 0.5) (timm's `margin`). Default 0: the centre
   * may be any pixel, and less of the box is cut off the larger the margin is.
   */
  readonly margin?: number;
  /**
   * Smallest and largest side of the box as shares of the image's (timm's `cutmix_minmax`). λ then plays no part in the
   * size, and the box lies inside the image.
   */
  readonly minmax?: readonly [min: number, max: number];
}

/** Draws where the box of CutMix lies; two whole numbers of `rng`, or four with `minmax`. */
export function drawCutmixBox(
  height: number,
  width: number,
  lam: number,
  rng: Rng,
  { margin = 0, minmax }: DrawBoxOptions = {},
): CutmixBox {
  if (minmax) return drawMinmaxBox(height, width, minmax, rng);
  const ratio = Math.sqrt(1 - lam);
  const centre = (side: number): number => {
    const kept = Math.floor(margin * Math.floor(side * ratio));
    return kept + rng.integer(side - 2 * kept);
  };
  return cutmixBox(height, width, lam, centre(height), centre(width));
}

/** Sides uniform among the whole numbers in `[⌊min · side⌋, ⌊max · side⌋)`, then the place uniform, as in timm. */
function drawMinmaxBox(
  height: number,
  width: number,
  [min, max]: readonly [number, number],
  rng: Rng,
): CutmixBox {
  const cut = (side: number): number => {
    const [low, high] = [Math.floor(side * min), Math.floor(side * max)];
    // Of an image so small that both are one number, the box has that side; timm stops with an error.
    return low + rng.integer(Math.max(1, high - low));
  };
  const [rows, columns] = [cut(height), cut(width)];
  const top = rng.integer(Math.max(1, height - rows));
  const left = rng.integer(Math.max(1, width - columns));
  return {
    top,
    bottom: top + rows,
    left,
    right: left + columns,
    lam: shareLeft(height, width, rows, columns),
  };
}

const shareLeft = (height: number, width: number, rows: number, columns: number): number =>
  1 - (rows * columns) / (height * width);
