import { kdxError } from '../errors.js';

/**
 * Where the smoothed share goes.
 * - `all`: ε/K to every class, so that the true one has 1 − ε + ε/K (timm, spec of DeiT section 1.5);
 * - `others`: ε/(K − 1) to every other class, 1 − ε to the true one (Tf-FD, spec section 1.5).
 */
export type SmoothingRule = 'all' | 'others';

/**
 * One-hot targets with label smoothing, `[B, K]` row by row.
 *
 * @param labels Class index of each sample.
 * @param epsilon ε in [0, 1); 0 gives one-hot rows.
 * @throws KdxError `KDX_LABEL_RANGE` for a label outside [0, K); `KDX_SMOOTHING_RANGE` for another ε.
 */
export function smoothTargets(
  labels: ArrayLike<number>,
  classes: number,
  epsilon: number,
  rule: SmoothingRule = 'all',
): Float32Array {
  if (!(epsilon >= 0 && epsilon < 1)) {
    throw kdxError(
      'KDX_SMOOTHING_RANGE',
      `The label smoothing is ${epsilon}; set labelSmoothing to a number in [0, 1).`,
    );
  }
  const off = rule === 'all' ? epsilon / classes : epsilon / Math.max(1, classes - 1);
  const on = rule === 'all' ? 1 - epsilon + off : 1 - epsilon;
  const targets = new Float32Array(labels.length * classes).fill(off);
  for (let row = 0; row < labels.length; row += 1) {
    const label = labels[row];
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw kdxError(
        'KDX_LABEL_RANGE',
        `Sample ${row} of the batch has the label ${label} and there are the classes 0 to ${classes - 1}; check the data's labels.`,
      );
    }
    targets[row * classes + label] = on;
  }
  return targets;
}
