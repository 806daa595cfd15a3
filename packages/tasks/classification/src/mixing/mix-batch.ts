import { chooseMix, type MixKind } from './choose-mix.js';
import { type CutmixBox, drawCutmixBox } from './cutmix-box.js';
import type { MixInput } from './mix-input.js';
import { mixRows, type RowMix } from './mix-rows.js';

/** What was done: `lam` is the share that each image keeps of itself. */
export interface Mix {
  /** `rows` where each pair or image was mixed in its own way. */
  readonly kind: MixKind | 'rows';
  /** For `rows` the mean over images. */
  readonly lam: number;
  /** Of each image, for the modes `pair` and `elem`. */
  readonly rows?: readonly RowMix[];
}

/**
 * Mixes a batch with itself in reverse order, one λ for the whole batch (timm 0.3.2, spec of DeiT section 1.5): image i
 * becomes `λ xᵢ + (1 − λ) x_{B−1−i}` (mixup) or gets a box of `x_{B−1−i}` (CutMix, λ corrected for the clipped box), and
 * its target `λ yᵢ + (1 − λ) y_{B−1−i}`. The batch may be odd: the image in the middle is its own partner and stays. With
 * the mode `pair` or `elem` every pair or image has a λ of its own: `mixRows`.
 */
export function mixBatch(input: MixInput): Mix {
  const { images, targets, shape, options, rng } = input;
  const { mode = 'batch', cutmixMargin: margin, cutmixMinmax: minmax } = options;
  if (mode !== 'batch') {
    const rows = mixRows(input, mode);
    return { kind: 'rows', lam: rows.reduce((sum, { lam }) => sum + lam, 0) / rows.length, rows };
  }
  const [batch, height, width, channels] = shape;
  const { kind, alpha } = chooseMix(options, rng);
  if (kind === 'none') return { kind, lam: 1 };
  const drawn = rng.beta(alpha, alpha);
  let lam = drawn;
  if (kind === 'mixup') blendReversed(images, batch, drawn);
  else {
    const box = drawCutmixBox(height, width, drawn, rng, { margin, minmax });
    exchangeBoxes(images, batch, height, width * channels, channels, box);
    lam = box.lam;
  }
  blendReversed(targets, batch, lam);
  return { kind, lam };
}

/** Row i ← λ row i + (1 − λ) row B−1−i, for all rows at once. */
function blendReversed(rows: Float32Array, batch: number, lam: number): void {
  const size = rows.length / batch;
  for (let i = 0; i < batch >> 1; i += 1) {
    const a = rows.subarray(i * size, (i + 1) * size);
    const b = rows.subarray((batch - 1 - i) * size, (batch - i) * size);
    for (let k = 0; k < size; k += 1) {
      const x = a[k];
      const y = b[k];
      a[k] = lam * x + (1 - lam) * y;
      b[k] = lam * y + (1 - lam) * x;
    }
  }
}

/** Swaps the box of each image with that of its partner. `line` is W · C. */
function exchangeBoxes(
  images: Float32Array,
  batch: number,
  height: number,
  line: number,
  channels: number,
  { top, bottom, left, right }: CutmixBox,
): void {
  const kept = new Float32Array((right - left) * channels);
  for (let i = 0; i < batch >> 1; i += 1) {
    for (let y = top; y < bottom; y += 1) {
      const a = (i * height + y) * line + left * channels;
      const b = ((batch - 1 - i) * height + y) * line + left * channels;
      kept.set(images.subarray(a, a + kept.length));
      images.copyWithin(a, b, b + kept.length);
      images.set(kept, b);
    }
  }
}
