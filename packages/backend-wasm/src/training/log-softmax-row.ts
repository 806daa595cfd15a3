/**
 * `out ← log softmax(logits / divisor)` of the `columns` numbers from `start` on. In double precision: rows of logits
 * are few.
 */
export function logSoftmaxRow(
  logits: Float32Array,
  out: Float32Array,
  start: number,
  columns: number,
  divisor = 1,
): void {
  const end = start + columns;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) if (logits[i] > largest) largest = logits[i];
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.exp((logits[i] - largest) / divisor);
  const log = Math.log(sum);
  for (let i = start; i < end; i++) out[i] = (logits[i] - largest) / divisor - log;
}
