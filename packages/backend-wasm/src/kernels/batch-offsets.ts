/**
 * For every index into `outBatch`, row-major, the index into `batch` that broadcasts to it.
 *
 * @param batch dimensions of one operand, each equal to the output's or 1, or missing at the front.
 */
export function batchOffsets(batch: readonly number[], outBatch: readonly number[]): Int32Array {
  const missing = outBatch.length - batch.length;
  let offsets = Int32Array.of(0);
  for (let axis = 0; axis < outBatch.length; axis++) {
    const size = axis < missing ? 1 : batch[axis - missing];
    const next = new Int32Array(offsets.length * outBatch[axis]);
    for (let i = 0; i < next.length; i++) {
      const outer = offsets[Math.floor(i / outBatch[axis])];
      next[i] = outer * size + (size === 1 ? 0 : i % outBatch[axis]);
    }
    offsets = next;
  }
  return offsets;
}
