import type { ByteImage } from './byte-image.js';
import { byHistogram, lookUp, table } from './lookup.js';

// Operations that send each pixel value to another, as Pillow's ImageOps defines them.

/** 255 − x. */
export const invert = (image: ByteImage): ByteImage => lookUp(image, [table((x) => 255 - x)]);

/** Keeps the `bits` highest bits, 0 to 8. */
export const posterize = (image: ByteImage, bits: number): ByteImage => {
  const step = 2 ** (8 - bits);
  return lookUp(image, [table((x) => x - (x % step))]);
};

/** Inverts pixels at or above `threshold`. */
export const solarize = (image: ByteImage, threshold: number): ByteImage =>
  lookUp(image, [table((x) => (x < threshold ? x : 255 - x))]);

/** Adds to pixels below 128 (AutoAugment's operation, not one of Pillow's). */
export const solarizeAdd = (image: ByteImage, add: number): ByteImage =>
  lookUp(image, [table((x) => (x < 128 ? x + add : x))]);

/** Stretches each channel so that its darkest pixel becomes 0 and its brightest 255; a channel of one value stays. */
export const autoContrast = (image: ByteImage): ByteImage =>
  byHistogram(image, (counts) => {
    const darkest = counts.findIndex((count) => count > 0);
    const brightest = counts.findLastIndex((count) => count > 0);
    if (brightest <= darkest) return table((x) => x);
    const scale = 255 / (brightest - darkest);
    // In this order: fractions are dropped, so a rounding more would show.
    const offset = -darkest * scale;
    return table((x) => x * scale + offset);
  });

/**
 * Makes each channel's histogram flat: x becomes (h₀ + … + hₓ₋₁ + ⌊s/2⌋) / s, where s is 1/255 of all pixels but those of
 * the brightest value. A channel with s = 0 stays.
 */
export const equalize = (image: ByteImage): ByteImage =>
  byHistogram(image, (counts) => {
    const brightest = counts.findLastIndex((count) => count > 0);
    const pixels = counts.reduce((sum, count) => sum + count, 0);
    const step = Math.floor((pixels - counts[brightest]) / 255);
    if (step === 0) return table((x) => x);
    let below = Math.floor(step / 2);
    const levels = Array.from(counts, (count) => {
      const level = Math.floor(below / step);
      below += count;
      return level;
    });
    return table((x) => levels[x]);
  });
