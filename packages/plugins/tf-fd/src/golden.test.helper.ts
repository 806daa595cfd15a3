/** Maps of golden cases: shape `[B, H, W, C]` and values row by row. */
export interface Maps {
  readonly shape: readonly [B: number, H: number, W: number, C: number];
  readonly values: readonly number[];
}

/** Maps of one image, given channel by channel, rows parted by `/`. */
export function mapsOf(...channels: string[]): Maps {
  const rows = channels.map((map) => map.split('/').map((row) => row.trim().split(' ').map(Number)));
  const [H, W] = [rows[0].length, rows[0][0].length];
  const values = Array.from({ length: H * W * rows.length }, (_, at) => {
    const [c, pixel] = [at % rows.length, Math.floor(at / rows.length)];
    return rows[c][Math.floor(pixel / W)][pixel % W];
  });
  return { shape: [1, H, W, rows.length], values };
}

/** T6: `φ[b,c,h,w] = ((a·c + p·h + q·w + d·b + c·h) mod m)/10`, two images, three layers. */
export const T6: readonly Maps[] = [
  { C: 4, size: 8, by: [7, 3, 5, 2, 13] },
  { C: 8, size: 4, by: [5, 2, 3, 1, 11] },
  { C: 16, size: 2, by: [3, 4, 1, 5, 17] },
].map(({ C, size, by: [a, p, q, d, m] }) => {
  const values = Array.from({ length: 2 * size * size * C }, (_, at) => {
    const [k, w, h] = [at % C, Math.floor(at / C) % size, Math.floor(at / C / size) % size];
    const b = Math.floor(at / C / size / size);
    return ((a * k + p * h + q * w + d * b + k * h) % m) / 10;
  });
  return { shape: [2, size, size, C], values };
});
