/** Layers written out as loops in float64: the independent side of the forward tests. */

/** `[rows, inner] · [out, inner]ᵀ + bias`, the weight as PyTorch stores it. */
export function naiveLinear(x: number[][], weight: ArrayLike<number>, bias: ArrayLike<number>): number[][] {
  const inner = x[0].length;
  return x.map((row) =>
    Array.from({ length: bias.length }, (_, out) => {
      let sum = bias[out];
      for (let i = 0; i < inner; i += 1) sum += row[i] * weight[out * inner + i];
      return sum;
    }),
  );
}

export function naiveLayerNorm(
  x: number[][],
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
  epsilon: number,
) {
  return x.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * gamma[i] + beta[i]);
  });
}

/** x·Φ(x), Φ by Simpson's rule over the normal density. */
export function naiveGelu(x: number): number {
  const steps = 400;
  const h = x / steps;
  const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  let area = density(0) + density(x);
  for (let i = 1; i < steps; i += 1) area += density(i * h) * (i % 2 === 1 ? 4 : 2);
  return x * (0.5 + (area * h) / 3);
}

/** One image's self-attention, `qkv` as `[T, 3·heads·d]`; returns `[T, heads·d]`. */
export function naiveAttention(qkv: number[][], heads: number): number[][] {
  const D = qkv[0].length / 3;
  const d = D / heads;
  const out = qkv.map(() => new Array<number>(D).fill(0));
  for (let h = 0; h < heads; h += 1) {
    for (let t = 0; t < qkv.length; t += 1) {
      const scores = qkv.map((row) => {
        let dot = 0;
        for (let i = 0; i < d; i += 1) dot += qkv[t][h * d + i] * row[D + h * d + i];
        return Math.exp(dot / Math.sqrt(d));
      });
      const total = scores.reduce((sum, value) => sum + value, 0);
      for (let s = 0; s < qkv.length; s += 1) {
        for (let i = 0; i < d; i += 1) out[t][h * d + i] += (scores[s] / total) * qkv[s][2 * D + h * d + i];
      }
    }
  }
  return out;
}

/** An image as `[H][W][C]`. */
export type Pixels = number[][][];

/** Cross-correlation with zero padding; the weight as PyTorch stores it, `[out, in, k, k]`. */
export function naiveConv(
  x: Pixels,
  weight: ArrayLike<number>,
  out: number,
  k: number,
  stride: number,
): Pixels {
  const [H, W, C] = [x.length, x[0].length, x[0][0].length];
  const padding = (k - 1) / 2;
  const side = (size: number) => Math.floor((size + 2 * padding - k) / stride) + 1;
  return Array.from({ length: side(H) }, (_, r) =>
    Array.from({ length: side(W) }, (_, c) =>
      Array.from({ length: out }, (_, o) => {
        let sum = 0;
        for (let i = 0; i < C; i += 1) {
          for (let u = 0; u < k; u += 1) {
            for (let v = 0; v < k; v += 1) {
              const value = x[r * stride + u - padding]?.[c * stride + v - padding]?.[i] ?? 0;
              sum += value * weight[((o * C + i) * k + u) * k + v];
            }
          }
        }
        return sum;
      }),
    ),
  );
}

export interface Statistics {
  readonly weight: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
  readonly running_mean: ArrayLike<number>;
  readonly running_var: ArrayLike<number>;
}

/** Batch norm at inference, eps 1e-5. */
export const naiveBatchNorm = (x: Pixels, s: Statistics): Pixels =>
  mapPixels(
    x,
    (value, c) =>
      ((value - s.running_mean[c]) / Math.sqrt(s.running_var[c] + 1e-5)) * s.weight[c] + s.bias[c],
  );

export const mapPixels = (
  x: Pixels,
  f: (value: number, channel: number, row: number, column: number) => number,
): Pixels => x.map((line, r) => line.map((pixel, c) => pixel.map((value, i) => f(value, i, r, c))));
