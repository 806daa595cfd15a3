import { Matrix, SingularValueDecomposition } from 'ml-matrix';

/** Salience on the host of `[B, H, W, C]`, row by row, given as its values and shape. */
export type HostScore = (
  values: Float32Array,
  shape: readonly [number, number, number, number],
) => Float32Array;

/**
 * Entropy of each channel's activations over b, h, w in nats: a histogram of equal bins between least and largest value,
 * the last one closed; `H = −Σ p ln p` with 0·ln 0 = 0 (Meng et al. 2020 do so for weights).
 */
export const entropy =
  (bins: number): HostScore =>
  (values, [B, H, W, C]) => {
    const count = B * H * W;
    return Float32Array.from({ length: C }, (_, c) => {
      let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let at = c; at < values.length; at += C) {
        least = Math.min(least, values[at]);
        largest = Math.max(largest, values[at]);
      }
      if (!(largest > least)) return 0;
      const histogram = new Float64Array(bins);
      for (let at = c; at < values.length; at += C) {
        const bin = Math.floor(((values[at] - least) / (largest - least)) * bins);
        histogram[Math.min(bin, bins - 1)] += 1;
      }
      return histogram.reduce((sum, n) => (n === 0 ? sum : sum - (n / count) * Math.log(n / count)), 0);
    });
  };

/** Mean rank of each channel's maps `[H, W]` over the first `images` of the batch (HRank, Lin et al. 2020). */
export const hrank =
  (images: number): HostScore =>
  (values, [B, H, W, C]) => {
    const used = Math.min(B, images);
    return Float32Array.from({ length: C }, (_, c) => {
      let sum = 0;
      for (let b = 0; b < used; b++) {
        const map = new Matrix(H, W);
        for (let h = 0; h < H; h++)
          for (let w = 0; w < W; w++) map.set(h, w, values[((b * H + h) * W + w) * C + c]);
        sum += numericalRank(map);
      }
      return sum / used;
    });
  };

/** Singular values above `σ_max · max(H, W) · ε` with the ε of float32, in which maps are computed. */
function numericalRank(map: Matrix): number {
  const { diagonal } = new SingularValueDecomposition(map, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  const tolerance = diagonal[0] * Math.max(map.rows, map.columns) * 2 ** -23;
  return diagonal.filter((value) => value > tolerance).length;
}
