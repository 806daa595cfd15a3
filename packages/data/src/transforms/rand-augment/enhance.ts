import type { ByteImage } from './byte-image.js';

// Pillow's ImageEnhance: a mixture of the image and of what it would be without colour, contrast, light or detail.
// A factor of 0 gives that, 1 the image, 2 goes as far beyond.

/** Mixture with black. */
export const brightness = (image: ByteImage, factor: number): ByteImage =>
  blend(
    image,
    image.data.map(() => 0),
    factor,
  );

/** Mixture with its grey image. */
export function color(image: ByteImage, factor: number): ByteImage {
  const { channels } = image;
  const greys = grey(image);
  return blend(
    image,
    image.data.map((_, i) => greys[Math.floor(i / channels)]),
    factor,
  );
}

/** Mixture with the mean of its grey image. */
export function contrast(image: ByteImage, factor: number): ByteImage {
  const greys = grey(image);
  const mean = Math.floor(greys.reduce((sum, value) => sum + value, 0) / greys.length + 0.5);
  return blend(
    image,
    image.data.map(() => mean),
    factor,
  );
}

/** Mixture with its smoothed image. */
export const sharpness = (image: ByteImage, factor: number): ByteImage =>
  blend(image, smoothed(image), factor);

/** `degenerate + factor · (image − degenerate)`, in float32, cut to 0…255, its fraction dropped. */
function blend(image: ByteImage, degenerate: Uint8Array, factor: number): ByteImage {
  const alpha = Math.fround(factor);
  const data = image.data.map((value, i) => {
    const from = degenerate[i];
    const mixed = Math.fround(from + Math.fround(alpha * (value - from)));
    return Math.min(255, Math.max(0, mixed));
  });
  return { ...image, data };
}

/** Luma of ITU-R 601 in 16-bit fixed point, rounded, `[H · W]`; a grey image's own pixels. */
function grey({ channels, data }: ByteImage): Uint8Array {
  if (channels === 1) return data;
  const out = new Uint8Array(data.length / 3);
  for (let i = 0, o = 0; o < out.length; i += 3, o += 1) {
    out[o] = (19595 * data[i] + 38470 * data[i + 1] + 7471 * data[i + 2] + 32768) >> 16;
  }
  return out;
}

/** Mean of 3×3 pixels of which the middle one counts five times, rounded; pixels at the edge stay. */
function smoothed({ height, width, channels, data }: ByteImage): Uint8Array {
  const out = data.slice();
  const row = width * channels;
  for (let y = 1; y < height - 1; y += 1) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i += 1) {
      let sum = 4 * data[i];
      for (let above = i - row; above <= i + row; above += row) {
        sum += data[above - channels] + data[above] + data[above + channels];
      }
      out[i] = Math.floor((2 * sum + 13) / 26);
    }
  }
  return out;
}
