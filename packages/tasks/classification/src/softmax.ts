/** Natural logarithm of `Σ exp(values[start … start + count))`, without overflow. */
export function logSumExp(values: ArrayLike<number>, start: number, count: number): number {
  let largest = -Infinity;
  for (let k = 0; k < count; k += 1) largest = Math.max(largest, values[start + k]);
  let sum = 0;
  for (let k = 0; k < count; k += 1) sum += Math.exp(values[start + k] - largest);
  return largest + Math.log(sum);
}
