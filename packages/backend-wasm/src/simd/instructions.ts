import { type Code, f32Bytes, i32Bytes, s32, u32 } from './encoding.js';

/** Types of parameters and locals, by their encoding. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const V128 = 0x7b;

const VOID_BLOCK = 0x40;
const LANES = 4;

const simd = (opcode: number, ...operands: Code[]): Code => [0xfd, ...u32(opcode), ...operands.flat()];
const memory = (offset: number): Code => [2, ...u32(offset)];

export const get = (local: number): Code => [0x20, ...u32(local)];
export const set = (local: number): Code => [0x21, ...u32(local)];
export const tee = (local: number): Code => [0x22, ...u32(local)];

export const i32 = {
  const: (value: number): Code => [0x41, ...s32(value)],
  add: [0x6a] as Code,
  sub: [0x6b] as Code,
  mul: [0x6c] as Code,
  greaterSigned: [0x4a] as Code,
  greaterEqualSigned: [0x4e] as Code,
} as const;

export const f32 = {
  load: (offset = 0): Code => [0x2a, ...memory(offset)],
  store: (offset = 0): Code => [0x38, ...memory(offset)],
  const: (value: number): Code => [0x43, ...f32Bytes(value)],
  add: [0x92] as Code,
  mul: [0x94] as Code,
} as const;

/** Four float32 lanes, or their bits as four int32. */
export const v128 = {
  load: (offset = 0): Code => simd(0x00, memory(offset)),
  loadSplat: (offset = 0): Code => simd(0x09, memory(offset)),
  loadLane0: (offset = 0): Code => simd(0x5c, memory(offset)),
  store: (offset = 0): Code => simd(0x0b, memory(offset)),
  storeLane0: (offset = 0): Code => simd(0x5a, memory(offset), [0]),
  floats: (value: number): Code => simd(0x0c, ...Array<Code>(LANES).fill(f32Bytes(value))),
  ints: (value: number): Code => simd(0x0c, ...Array<Code>(LANES).fill(i32Bytes(value))),
  /** Picks four of the eight float lanes of two vectors. */
  shuffle: (...lanes: number[]): Code =>
    simd(
      0x0d,
      lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
    ),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  div: simd(0xe7),
  min: simd(0xe8),
  max: simd(0xe9),
  abs: simd(0xe0),
  neg: simd(0xe1),
  nearest: simd(0x6a),
  lessThan: simd(0x43),
  greaterThan: simd(0x44),
  and: simd(0x4e),
  andNot: simd(0x4f),
  or: simd(0x50),
  bitselect: simd(0x52),
  toInts: simd(0xf8),
  intAdd: simd(0xae),
  intSub: simd(0xb1),
  intShiftLeft: simd(0xab),
  intShiftRight: simd(0xac),
} as const;

/** Code in sequence. */
export const seq = (...parts: Code[]): Code => parts.flat();

/** Adds a value to an i32 local. */
export const increase = (local: number, by: Code): Code => seq(get(local), by, i32.add, set(local));

/** Repeats `body` as long as `condition` leaves a non-zero i32. */
export const whileTrue = (condition: Code, body: Code): Code =>
  seq([0x02, VOID_BLOCK, 0x03, VOID_BLOCK], condition, [0x45, 0x0d, ...u32(1)], body, [
    0x0c,
    ...u32(0),
    0x0b,
    0x0b,
  ]);

/** Repeats `body` while `local + step <= limit`, adding `step` to the local each time. */
export const stepsOf = (local: number, step: number, limit: number, body: Code): Code =>
  whileTrue(
    seq(get(limit), get(local), i32.const(step), i32.add, i32.greaterEqualSigned),
    seq(body, increase(local, i32.const(step))),
  );
