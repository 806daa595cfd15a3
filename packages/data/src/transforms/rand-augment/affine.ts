import type { ByteImage } from './byte-image.js';

export type Interpolation = 'bilinear' | 'bicubic';

/**
 * Where a pixel of the result comes from: (a·x + b·y + c, d·x + e·y + f). Pixels are squares of side 1, so that the centre
 * of the first is (0.5, 0.5).
 */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Sides lean by `factor` pixels for each row; positive moves lower rows left. */
export const shearX = (factor: number): AffineMap => [1, factor, 0, 0, 1, 0];

/** As {@link shearX}, for columns. */
export const shearY = (factor: number): AffineMap => [1, 0, 0, factor, 1, 0];

/** Moves the image by so many pixels, which may have fractions, to the left and up. */
export const translation = (left: number, up: number): AffineMap => [1, 0, left, 0, 1, up];

/** Turns the image about its middle, counterclockwise. */
export function rotation(degrees: number, { height, width }: Pick<ByteImage, 'height' | 'width'>): AffineMap {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [width / 2, height / 2];
  return [cos, -sin, x - (cos * x - sin * y), sin, cos, y - (sin * x + cos * y)];
}

/**
 * Maps an image as Pillow's `transform(size, AFFINE, map)` does: a pixel whose centre comes from outside is `fill` (one
 * byte per channel), the others are interpolated, with the edge's pixels repeated beyond it, and lose their fractions.
 */
export function affine(
  image: ByteImage,
  [a, b, c, d, e, f]: AffineMap,
  interpolation: Interpolation,
  fill: readonly number[],
): ByteImage {
  const { height, width, channels } = image;
  const data = new Uint8Array(image.data.length);
  const sample = interpolation === 'bilinear' ? bilinear : bicubic;
  for (let row = 0, o = 0; row < height; row += 1) {
    const y = row + 0.5;
    for (let column = 0; column < width; column += 1, o += channels) {
      const x = column + 0.5;
      const u = a * x + b * y + c;
      const v = d * x + e * y + f;
      if (u >= 0 && u < width && v >= 0 && v < height) sample(image, u - 0.5, v - 0.5, data, o);
      else for (let k = 0; k < channels; k += 1) data[o + k] = fill[k];
    }
  }
  return { ...image, data };
}

/** Between four pixels; `u` and `v` are 0 at the centre of the first. Writes the channels of one pixel at `o`. */
function bilinear(image: ByteImage, u: number, v: number, out: Uint8Array, o: number): void {
  const { height, width, channels, data } = image;
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const [right, down] = [u - x, v - y];
  const x0 = clamp(x, width) * channels;
  const x1 = clamp(x + 1, width) * channels;
  const y0 = clamp(y, height) * width * channels;
  const y1 = clamp(y + 1, height) * width * channels;
  for (let k = 0; k < channels; k += 1) {
    const above = mix(data[y0 + x0 + k], data[y0 + x1 + k], right);
    const below = mix(data[y1 + x0 + k], data[y1 + x1 + k], right);
    out[o + k] = mix(above, below, down);
  }
}

/** Between sixteen pixels, as {@link bilinear}. */
function bicubic(image: ByteImage, u: number, v: number, out: Uint8Array, o: number): void {
  const { height, width, channels, data } = image;
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const [right, down] = [u - x, v - y];
  const stride = width * channels;
  const x0 = clamp(x - 1, width) * channels;
  const x1 = clamp(x, width) * channels;
  const x2 = clamp(x + 1, width) * channels;
  const x3 = clamp(x + 2, width) * channels;
  const y0 = clamp(y - 1, height) * stride;
  const y1 = clamp(y, height) * stride;
  const y2 = clamp(y + 1, height) * stride;
  const y3 = clamp(y + 2, height) * stride;
  for (let k = 0; k < channels; k += 1) {
    const value = cubic(
      cubic(data[y0 + x0 + k], data[y0 + x1 + k], data[y0 + x2 + k], data[y0 + x3 + k], right),
      cubic(data[y1 + x0 + k], data[y1 + x1 + k], data[y1 + x2 + k], data[y1 + x3 + k], right),
      cubic(data[y2 + x0 + k], data[y2 + x1 + k], data[y2 + x2 + k], data[y2 + x3 + k], right),
      cubic(data[y3 + x0 + k], data[y3 + x1 + k], data[y3 + x2 + k], data[y3 + x3 + k], right),
      down,
    );
    out[o + k] = Math.min(255, Math.max(0, value));
  }
}

const mix = (from: number, to: number, t: number): number => from + (to - from) * t;

/**
 * Keys' cubic convolution (1981) at `t` of the way from `b` to `c`, with a = −1 as Pillow's `transform` has it (its
 * `resize` has −0.5). In this form equal values give exactly themselves.
 */
const cubic = (a: number, b: number, c: number, d: number, t: number): number =>
  b + t * (c - a + t * (2 * (a - b) + c - d + t * (b - a + d - c)));

const clamp = (position: number, size: number): number =>
  position < 0 ? 0 : position < size ? position : size - 1;
