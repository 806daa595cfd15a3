import { type Code, u32 } from '../../simd/encoding.js';
import { get, i32, seq, set, stepsOf, v128 } from '../../simd/instructions.js';

export const simd = (opcode: number): Code => [0xfd, ...u32(opcode)];
const binary =
  (instruction: Code) =>
  (first: Code, second: Code): Code =>
    seq(first, second, instruction);

/** Expressions of four float32 lanes; each leaves its value on the stack. */
export const plus = binary(v128.add);
export const minus = binary(v128.sub);
export const times = binary(v128.mul);
export const over = binary(v128.div);
export const root = (x: Code): Code => seq(x, simd(0xe3));
/** `a < b ? b : a`: NaN in `a` stays. One instruction, unlike `v128.max`. */
export const larger = binary(simd(0xeb));
export const constant = (value: number): Code => v128.floats(value);
/** `test ? first : second`, lane by lane. */
export const choose = (test: Code, first: Code, second: Code): Code =>
  seq(first, second, test, v128.bitselect);
export const less = binary(v128.lessThan);
/** Changes a local: `into ← into + value`. */
export const accumulate = (into: number, value: Code): Code => seq(plus(get(into), value), set(into));
/** Horner's rule for a polynomial in a local, highest power first. */
export const polynomial = (x: number, coefficients: readonly number[]): Code =>
  coefficients
    .slice(1)
    .reduce((sum: Code, c) => plus(times(sum, get(x)), constant(c)), constant(coefficients[0]));

/** How the columns of a row are read and written: four at a time, or the one that is left over. */
export interface Access {
  readonly load: (address: Code, offset?: number) => Code;
  readonly store: (address: Code, value: Code, offset?: number) => Code;
  /** As `load`, but with the column repeated in the lanes that hold none, for maxima. */
  readonly loadSpread: (address: Code) => Code;
  /** Zeroes the lanes that hold no column, for sums. */
  readonly only: (value: Code) => Code;
  readonly bytes: number;
}

export const FOUR: Access = {
  load: (address, offset = 0) => seq(address, v128.load(offset)),
  store: (address, value, offset = 0) => seq(address, value, v128.store(offset)),
  loadSpread: (address) => seq(address, v128.load()),
  only: (value) => value,
  bytes: 16,
};

const LANE_0: Code = [...simd(0x0c), 0xff, 0xff, 0xff, 0xff, ...Array<number>(12).fill(0)];

export const ONE: Access = {
  load: (address, offset = 0) => seq(address, v128.loadLane0(offset)),
  store: (address, value, offset = 0) => seq(address, value, v128.storeLane0(offset)),
  loadSpread: (address) => seq(address, v128.loadSplat()),
  only: (value) => seq(value, LANE_0, v128.and),
  bytes: 4,
};

/** The address `base + offset`, both i32 locals. */
export const at = (base: number, offset: number): Code => seq(get(base), get(offset), i32.add);

/** Runs over a row of `bytes` (a local) with its byte offset in local `j`. */
export const acrossRow = (j: number, bytes: number, emit: (access: Access) => Code): Code =>
  seq(
    seq(i32.const(0), set(j)),
    ...[FOUR, ONE].map((access) => stepsOf(j, access.bytes, bytes, emit(access))),
  );

/** Puts the sum of a local's lanes, or what else `combine` makes of them, into all of its lanes. */
export const acrossLanes = (local: number, combine = plus): Code => {
  const merge = (...lanes: number[]): Code =>
    seq(combine(get(local), seq(get(local), get(local), v128.shuffle(...lanes))), set(local));
  return seq(merge(2, 3, 0, 1), merge(1, 0, 3, 2));
};

// 1.5 · 2²³: a float32 this large has no fraction, so adding it rounds, and leaves the integer in the low bits.
const ROUNDER = 12582912;
const MANTISSA_BITS = 23;
// e^-87 is the last power in the range of normal numbers.
const LOWEST = -87;
// ln 2 in two parts: the first has few bits, so that its product with an exponent is exact.
const [LN2_HIGH, LN2_LOW] = [0.693359375, -2.1219444e-4];
// Cephes' minimax polynomial of eʳ on |r| ≤ ln2/2.
const EXP = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1, 1,
];

/** Locals that {@link expOfNegative} overwrites. */
export interface ExpLocals {
  readonly x: number;
  readonly exponent: number;
  readonly r: number;
}

/** eˣ for x ≤ 0, as softmax and the normal density need it; 0 below −87. Relative error about 1e-7. */
export const expOfNegative = (value: Code, { x, exponent, r }: ExpLocals): Code => {
  const rounded = minus(get(exponent), constant(ROUNDER));
  return seq(
    seq(value, set(x)),
    seq(plus(times(get(x), constant(Math.LOG2E)), constant(ROUNDER)), set(exponent)),
    seq(minus(get(x), times(rounded, constant(LN2_HIGH))), set(r)),
    seq(minus(get(r), times(rounded, constant(LN2_LOW))), set(r)),
    seq(polynomial(r, EXP), get(exponent), i32.const(MANTISSA_BITS), v128.intShiftLeft, v128.intAdd),
    seq(get(x), constant(LOWEST), v128.lessThan, v128.andNot),
  );
};
