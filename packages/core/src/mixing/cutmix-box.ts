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
  return { top, bottom, left, right, lam: 1 - ((bottom - top) * (right - left)) / (height * width) };
}
