/** Mean Euclidean distance of two images' features of unit length, in [0, 2]. */
export interface FeatureDiversity {
  /** Over all pairs of one class; undefined where no class has two images. */
  readonly within: number | undefined;
  /** Over all pairs of two classes; undefined where there is one class. */
  readonly between: number | undefined;
}

/**
 * How different images are, inside a class and across classes: d_ij = ‖u_i − u_j‖₂ with u = g / ‖g‖₂, the distance of the
 * intra-divergence loss (spec of DF-DearKD §3.3). Features that are all zero stay so.
 * @param features `[N, D]`
 * @param labels N classes
 */
export function featureDiversity(features: Float32Array, labels: ArrayLike<number>): FeatureDiversity {
  const N = labels.length;
  const D = features.length / N;
  const u = unitRows(features, N, D);
  const sums = { within: 0, between: 0 };
  const pairs = { within: 0, between: 0 };
  for (let i = 0; i < N; i += 1) {
    for (let j = i + 1; j < N; j += 1) {
      let squared = 0;
      for (let d = 0; d < D; d += 1) squared += (u[i * D + d] - u[j * D + d]) ** 2;
      const kind = labels[i] === labels[j] ? 'within' : 'between';
      sums[kind] += Math.sqrt(squared);
      pairs[kind] += 1;
    }
  }
  const mean = (kind: keyof typeof sums) => (pairs[kind] === 0 ? undefined : sums[kind] / pairs[kind]);
  return { within: mean('within'), between: mean('between') };
}

function unitRows(features: Float32Array, N: number, D: number): Float64Array {
  const u = Float64Array.from(features);
  for (let i = 0; i < N; i += 1) {
    const row = u.subarray(i * D, (i + 1) * D);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) for (let d = 0; d < D; d += 1) row[d] /= length;
  }
  return u;
}

/**
 * At most `limit` images, ascending, class by class in turn: the first of each, then the second of each, and so on.
 * @param labels class of each image
 */
export function spreadOverClasses(labels: ArrayLike<number>, limit: number): Uint32Array {
  const turns = new Map<number, number>();
  const order = Array.from(labels, (label, index) => {
    const turn = turns.get(label) ?? 0;
    turns.set(label, turn + 1);
    return { index, turn };
  });
  order.sort((a, b) => a.turn - b.turn || a.index - b.index);
  return Uint32Array.from(order.slice(0, limit), ({ index }) => index).sort();
}
