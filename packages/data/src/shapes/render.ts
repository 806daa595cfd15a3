import type { Rng } from '@kdx/tensor';
import { cover } from './patterns.js';
import { type Item, type Scene, SIDE } from './scene.js';

/** Paints a scene as 32 · 32 · 3 values; they may leave [0, 1] until {@link addNoise} has clipped them. */
export function renderScene({ background, items }: Scene, out: Float32Array): void {
  const { from, to, angle } = background;
  const [cos, sin] = [Math.cos(angle) / SIDE, Math.sin(angle) / SIDE];
  const centre = (SIDE - 1) / 2;
  for (let y = 0, o = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1, o += 3) {
      const t = 0.5 + (x - centre) * cos + (y - centre) * sin;
      for (let c = 0; c < 3; c += 1) out[o + c] = from[c] + (to[c] - from[c]) * t;
    }
  }
  for (const item of items) paint(item, out);
}

function paint({ x, y, angle, reach, distance, mix, colours }: Item, out: Float32Array): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [first, second] = colours;
  const top = Math.max(0, Math.ceil(y - reach));
  const bottom = Math.min(SIDE - 1, Math.floor(y + reach));
  const left = Math.max(0, Math.ceil(x - reach));
  const right = Math.min(SIDE - 1, Math.floor(x + reach));
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const u = (column - x) * cos + (row - y) * sin;
      const v = (row - y) * cos - (column - x) * sin;
      const opacity = cover(distance(u, v));
      if (opacity === 0) continue;
      const share = mix(u, v);
      const o = (row * SIDE + column) * 3;
      for (let c = 0; c < 3; c += 1) {
        const colour = first[c] + (second[c] - first[c]) * share;
        out[o + c] += (colour - out[o + c]) * opacity;
      }
    }
  }
}

/** Standard deviation of the sum of four uniform bytes. */
const FOUR_BYTES = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/**
 * Adds nearly normal noise of standard deviation `sigma` to every value and clips to [0, 1]. The sum of the four bytes
 * of one xorshift draw (Marsaglia 2003) stands for a normal one: 3,072 draws of the keyed generator would cost more
 * than the picture.
 */
export function addNoise(out: Float32Array, sigma: number, rng: Rng): void {
  const scale = sigma / FOUR_BYTES;
  let state = rng.seed() | 1;
  for (let i = 0; i < out.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24);
    out[i] = Math.min(1, Math.max(0, out[i] + (sum - 510) * scale));
  }
}
