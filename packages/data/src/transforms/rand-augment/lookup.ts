import type { ByteImage } from './byte-image.js';

/** A table of 256 pixels; values are cut to 0…255 and their fractions dropped, as Pillow's `point` does. */
export const table = (value: (pixel: number) => number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, pixel) => Math.min(255, Math.max(0, Math.trunc(value(pixel)))));

/** Replaces each pixel by what its table says; `tables` has one for each channel, or one for all. */
export function lookUp(image: ByteImage, tables: readonly Uint8Array[]): ByteImage {
  const { channels, data } = image;
  const out = new Uint8Array(data.length);
  for (let c = 0; c < channels; c += 1) {
    const entries = tables[tables.length === 1 ? 0 : c];
    for (let i = c; i < data.length; i += channels) out[i] = entries[data[i]];
  }
  return { ...image, data: out };
}

/** How often each value stands in a channel, `[256]`. */
export function histogram({ channels, data }: ByteImage, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = channel; i < data.length; i += channels) counts[data[i]] += 1;
  return counts;
}

/** The look-up of each channel made from its histogram. */
export const byHistogram = (image: ByteImage, make: (counts: Uint32Array) => Uint8Array): ByteImage =>
  lookUp(
    image,
    Array.from({ length: image.channels }, (_, c) => make(histogram(image, c))),
  );
