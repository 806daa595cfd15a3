import type { Code } from '../../simd/encoding.js';
import { get, seq, set, v128 } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import { mapFunction } from './map-code.js';
import {
  choose,
  constant,
  expOfNegative,
  less,
  minus,
  over,
  plus,
  polynomial,
  times,
} from './vector-code.js';

// Abramowitz and Stegun 7.1.26: erfc(z) ≈ polynomial(1/(1 + p z))·exp(−z²) for z ≥ 0, absolute error below 1.5e-7.
const ERFC = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0];
const ERFC_P = 0.3275911;

const magnitude = (x: number): Code => seq(get(x), v128.abs);

/** Sets `gaussian` to exp(−x²/2) and `cdf` to Φ(x), the standard normal distribution function. */
function normal(x: number, [cdf, gaussian, t, ...rest]: number[]): Code {
  const [expX, exponent, r] = rest;
  const upperTail = times(times(polynomial(t, ERFC), get(gaussian)), constant(0.5));
  return seq(
    expOfNegative(times(times(get(x), get(x)), constant(-0.5)), { x: expX, exponent, r }),
    set(gaussian),
    over(constant(1), plus(constant(1), times(magnitude(x), constant(ERFC_P * Math.SQRT1_2)))),
    set(t),
    upperTail,
    set(cdf),
    choose(less(get(x), constant(0)), get(cdf), minus(constant(1), get(cdf))),
    set(cdf),
  );
}

/** `gelu(x, y, constants, size)`: y = x·Φ(x). No constants. */
const GELU = mapFunction('gelu', {
  inputs: 1,
  outputs: 1,
  temporaries: 6,
  body: ([x], _, temporaries) => [seq(normal(x, temporaries), times(get(x), get(temporaries[0])))],
});

/** `geluGrad(dy, x, dx, constants, size)`: dx = dy·(Φ(x) + x·φ(x)). No constants. */
const GELU_GRAD = mapFunction('geluGrad', {
  inputs: 2,
  outputs: 1,
  temporaries: 6,
  body: ([dy, x], _, temporaries) => {
    const [cdf, gaussian] = temporaries;
    const density = times(get(gaussian), constant(1 / Math.sqrt(2 * Math.PI)));
    return [seq(normal(x, temporaries), times(get(dy), plus(get(cdf), times(get(x), density))))];
  },
});

export const GELUS: readonly FunctionCode[] = [GELU, GELU_GRAD];
