import type { Code } from '../../simd/encoding.js';
import { get, i32, increase, seq, set, stepsOf, v128 } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import { FOUR, ONE, simd } from './vector-code.js';

const [OUT, CONSTANTS, SIZE, I] = [0, 1, 2, 3];
const [COUNTER, KEY_1, KEY_2, THRESHOLD, KEPT, BITS] = [4, 5, 6, 7, 8, 9];

const INT_MULTIPLY = simd(0xb5);
const XOR = simd(0x51);
const SHIFT_RIGHT_UNSIGNED = simd(0xad);
const GREATER_EQUAL_UNSIGNED = simd(0x40);

const LANES: Code = [...simd(0x0c), ...[0, 1, 2, 3].flatMap((lane) => [lane, 0, 0, 0])];

const xorShifted = (bits: number): Code =>
  seq(get(BITS), get(BITS), i32.const(bits), SHIFT_RIGHT_UNSIGNED, XOR, set(BITS));
const multiplied = (by: number): Code => seq(get(BITS), v128.ints(by), INT_MULTIPLY, set(BITS));

/** The finaliser of MurmurHash3, which lets every bit of its argument change every bit of the result. */
const mix: Code = seq(
  xorShifted(16),
  multiplied(0x85ebca6b),
  xorShifted(13),
  multiplied(0xc2b2ae35),
  xorShifted(16),
);

const step = ({ store, bytes }: typeof FOUR): Code =>
  seq(
    seq(get(COUNTER), get(KEY_1), v128.intAdd, set(BITS), mix),
    seq(get(BITS), get(KEY_2), XOR, set(BITS), mix),
    store(get(OUT), seq(get(BITS), get(THRESHOLD), GREATER_EQUAL_UNSIGNED, get(KEPT), v128.and)),
    increase(OUT, i32.const(bytes)),
    seq(get(COUNTER), v128.ints(bytes / 4), v128.intAdd, set(COUNTER)),
  );

/**
 * `dropoutMask(out, constants, size)`: element i is 0 where mix(mix(i + key₁) ⊕ key₂) < threshold, as unsigned 32-bit
 * integers, and `kept` elsewhere. Constants: key₁, key₂, threshold, kept.
 */
export const DROPOUT_MASK: FunctionCode = {
  name: 'dropoutMask',
  parameters: 3,
  locals: { i32: 1, f32: 0, v128: 6 },
  body: seq(
    ...[KEY_1, KEY_2, THRESHOLD, KEPT].map((local, k) =>
      seq(get(CONSTANTS), v128.loadSplat(k * 4), set(local)),
    ),
    seq(LANES, set(COUNTER)),
    ...[FOUR, ONE].map((access) => stepsOf(I, access.bytes / 4, SIZE, step(access))),
  ),
};
