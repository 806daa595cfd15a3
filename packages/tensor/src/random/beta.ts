import { kdxError } from '../errors.js';

/** The draws that gamma and beta variates are made of. */
interface Draws {
  uniform(): number;
  normal(): number;
}

/**
 * Beta(a, b) as Gₐ / (Gₐ + G_b) with gamma variates, in logarithms so that small shapes do not end in 0 / 0.
 * @throws KdxError `KDX_RNG_RANGE` unless a and b are positive.
 */
export function beta(draws: Draws, a: number, b: number): number {
  if (!(a > 0 && b > 0 && a < Infinity && b < Infinity)) {
    throw kdxError('KDX_RNG_RANGE', `Beta(${a}, ${b}) was asked for; both shapes must be positive numbers.`);
  }
  const x = logGamma(draws, a);
  const y = logGamma(draws, b);
  return 1 / (1 + Math.exp(y - x));
}

/**
 * Logarithm of a Gamma(shape, 1) variate: Marsaglia and Tsang (2000), "A simple method for generating gamma variables",
 * with their boost G(a) = G(a + 1) · U^(1/a) below 1.
 */
function logGamma(draws: Draws, shape: number): number {
  if (shape < 1) return logGamma(draws, shape + 1) + Math.log(1 - draws.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = draws.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const logV = Math.log(v);
    if (Math.log(1 - draws.uniform()) < 0.5 * x * x + d - d * v + d * logV) return Math.log(d) + logV;
  }
}
