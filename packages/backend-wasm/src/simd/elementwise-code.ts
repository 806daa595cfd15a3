import type { Code } from './encoding.js';
import { get, i32, increase, seq, set, stepsOf, tee, v128 } from './instructions.js';
import type { FunctionCode } from './module-encoder.js';

const [X, OUT, SIZE, I] = [0, 1, 2, 3];
// Vector locals: the argument of `exp` and its parts, then two for the function around it.
const [R, EXPONENT, HALF, Y, Z, SQUARE] = [4, 5, 6, 7, 8, 9];

const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
// Beyond these the result is infinite or rounds to zero; the bounds keep the exponent's arithmetic in range.
const [LOWEST, HIGHEST] = [-104, 89];
const EXPONENT_BIAS = 127;
const MANTISSA_BITS = 23;
// Cephes' minimax polynomial of (exp(r) - 1 - r) / r² on |r| ≤ ln2/2, highest power first.
const EXP_POLYNOMIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];

/** Horner's rule; `variable` is a local, the value is left on the stack. */
const horner = (variable: number, coefficients: readonly number[]): Code =>
  seq(
    v128.floats(coefficients[0]),
    ...coefficients.slice(1).map((c) => seq(get(variable), v128.mul, v128.floats(c), v128.add)),
  );

const powerOfTwo = (exponent: Code): Code =>
  seq(exponent, v128.ints(EXPONENT_BIAS), v128.intAdd, i32.const(MANTISSA_BITS), v128.intShiftLeft);

/** `exp` of the vector on the stack. */
const exp: Code = seq(
  seq(v128.floats(LOWEST), v128.max, v128.floats(HIGHEST), v128.min, tee(R)),
  seq(v128.floats(Math.LOG2E), v128.mul, v128.nearest, set(EXPONENT)),
  seq(get(R), get(EXPONENT), v128.floats(LN2_HIGH), v128.mul, v128.sub),
  seq(get(EXPONENT), v128.floats(LN2_LOW), v128.mul, v128.sub, set(R)),
  seq(get(EXPONENT), v128.toInts, set(EXPONENT)),
  seq(
    horner(R, EXP_POLYNOMIAL),
    get(R),
    get(R),
    v128.mul,
    v128.mul,
    get(R),
    v128.add,
    v128.floats(1),
    v128.add,
  ),
  // In two factors, since 2^128 and the powers below 2^-126 are no normal floats.
  seq(get(EXPONENT), i32.const(1), v128.intShiftRight, set(HALF)),
  seq(powerOfTwo(get(HALF)), v128.mul),
  seq(powerOfTwo(seq(get(EXPONENT), get(HALF), v128.intSub)), v128.mul),
);

const SIGN_BIT = 0x8000_0000;
/** The magnitude on the stack with the sign of Y. */
const withSignOfY: Code = seq(get(Y), v128.ints(SIGN_BIT), v128.and, v128.or);

// Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7; highest power first, then the constant term 0.
const ERF_POLYNOMIAL = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0];
const ERF_P = 0.3275911;
// Maclaurin's series of erf(x)/x in x², which keeps the relative precision that 7.1.26 loses near zero:
// 2/√π · Σ (-x²)ⁿ / (n! (2n + 1)).
const FACTORIALS = [1, 1, 2, 6, 24, 120, 720];
const ERF_SERIES = FACTORIALS.map(
  (f, n) => (2 / Math.sqrt(Math.PI)) * ((-1) ** n / (f * (2 * n + 1))),
).reverse();
const ERF_SERIES_BELOW = 0.5;

/** Chooses between two values for lanes whose |Y| is below `bound`: `near` there, `far` elsewhere. */
const nearZero = (bound: number, near: Code, far: Code): Code =>
  seq(near, far, get(Y), v128.abs, v128.floats(bound), v128.lessThan, v128.bitselect);

const erf: Code = seq(
  set(Y),
  seq(get(Y), get(Y), v128.mul, set(SQUARE)),
  seq(
    v128.floats(1),
    v128.floats(1),
    v128.floats(ERF_P),
    get(Y),
    v128.abs,
    v128.mul,
    v128.add,
    v128.div,
    set(Z),
  ),
  nearZero(
    ERF_SERIES_BELOW,
    seq(horner(SQUARE, ERF_SERIES), get(Y), v128.mul),
    seq(
      seq(v128.floats(1), horner(Z, ERF_POLYNOMIAL), get(SQUARE), v128.neg, exp, v128.mul, v128.sub),
      withSignOfY,
    ),
  ),
);

// Taylor's series of tanh(x)/x in x².
const TANH_SERIES = [62 / 2835, -17 / 315, 2 / 15, -1 / 3, 1];
const TANH_SERIES_BELOW = 0.25;

const tanh: Code = seq(
  set(Y),
  seq(get(Y), get(Y), v128.mul, set(SQUARE)),
  nearZero(
    TANH_SERIES_BELOW,
    seq(horner(SQUARE, TANH_SERIES), get(Y), v128.mul),
    seq(
      // 1 - 2 / (exp(2|y|) + 1)
      seq(v128.floats(1), v128.floats(2), get(Y), v128.abs, v128.floats(2), v128.mul, exp),
      seq(v128.floats(1), v128.add, v128.div, v128.sub, withSignOfY),
    ),
  ),
);

/** `name(x, out, size)`: applies `body`, which maps the vector on the stack, to `size` float32. */
const elementwise = (name: string, body: Code): FunctionCode => {
  const advance = (bytes: number): Code =>
    seq(increase(X, i32.const(bytes)), increase(OUT, i32.const(bytes)));
  return {
    name,
    parameters: 3,
    locals: { i32: 1, f32: 0, v128: 6 },
    body: seq(
      stepsOf(I, 4, SIZE, seq(get(OUT), get(X), v128.load(), body, v128.store(), advance(16))),
      stepsOf(I, 1, SIZE, seq(get(OUT), get(X), v128.loadLane0(), body, v128.storeLane0(), advance(4))),
    ),
  };
};

export const ELEMENTWISE: readonly FunctionCode[] = [
  elementwise('exp', exp),
  elementwise('erf', erf),
  elementwise('tanh', tanh),
];
