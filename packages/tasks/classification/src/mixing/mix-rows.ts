import { chooseMix, type MixKind } from './choose-mix.js';
import { type CutmixBox, drawCutmixBox } from './cutmix-box.js';
import type { MixInput } from './mix-input.js';

/** What was done to one image: `lam` is the share that it keeps of itself. */
export interface RowMix {
  readonly kind: MixKind;
  readonly lam: number;
}

const WHOLE: RowMix = { kind: 'none', lam: 1 };

/**
 * Mixes each image i with its partner B−1−i, as timm's modes `pair` and `elem` do, from the images as they came:
 * - `pair`: i and its partner share λ and box; the image in the middle of an odd batch stays as it is;
 * - `elem`: each image draws a λ and a box of its own.
 *
 * The target of image i is `λᵢ yᵢ + (1 − λᵢ) y_{B−1−i}`. Draws come image by image, in order.
 */
export function mixRows(
  { images, targets, shape, options, rng }: MixInput,
  mode: 'pair' | 'elem',
): readonly RowMix[] {
  const [batch, height, width, channels] = shape;
  const { cutmixMargin: margin, cutmixMinmax: minmax } = options;
  const original = images.slice();
  const rows: RowMix[] = Array.from({ length: batch }, () => WHOLE);
  const mixRow = (i: number, kind: MixKind, lam: number, box: CutmixBox | undefined): void => {
    const partner = batch - 1 - i;
    if (box)
      copyBox(images, original, { to: i, from: partner, height, line: width * channels, channels }, box);
    else if (kind === 'mixup') blendRow(images, original, batch, i, lam);
    rows[i] = { kind, lam };
  };
  for (let i = 0; i < (mode === 'pair' ? batch >> 1 : batch); i += 1) {
    const { kind, alpha } = chooseMix(options, rng);
    if (kind === 'none') continue;
    const drawn = rng.beta(alpha, alpha);
    const box = kind === 'cutmix' ? drawCutmixBox(height, width, drawn, rng, { margin, minmax }) : undefined;
    const lam = box?.lam ?? drawn;
    mixRow(i, kind, lam, box);
    if (mode === 'pair') mixRow(batch - 1 - i, kind, lam, box);
  }
  const smoothed = targets.slice();
  for (let i = 0; i < batch; i += 1) blendRow(targets, smoothed, batch, i, rows[i].lam);
  return rows;
}

/** Row i ← λ row i + (1 − λ) row B−1−i of `original`. */
function blendRow(rows: Float32Array, original: Float32Array, batch: number, i: number, lam: number): void {
  if (lam === 1) return;
  const size = rows.length / batch;
  const [own, other] = [i * size, (batch - 1 - i) * size];
  for (let k = 0; k < size; k += 1) rows[own + k] = lam * original[own + k] + (1 - lam) * original[other + k];
}

interface Copy {
  readonly to: number;
  readonly from: number;
  readonly height: number;
  /** W · C. */
  readonly line: number;
  readonly channels: number;
}

/** Puts the box of one original image into another image. */
function copyBox(
  images: Float32Array,
  original: Float32Array,
  { to, from, height, line, channels }: Copy,
  { top, bottom, left, right }: CutmixBox,
): void {
  const length = (right - left) * channels;
  for (let y = top; y < bottom; y += 1) {
    const source = (from * height + y) * line + left * channels;
    images.set(original.subarray(source, source + length), (to * height + y) * line + left * channels);
  }
}
