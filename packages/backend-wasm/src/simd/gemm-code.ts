import type { Code } from './encoding.js';
import { f32, get, i32, increase, seq, set, stepsOf, tee, v128, whileTrue } from './instructions.js';
import type { FunctionCode } from './module-encoder.js';

// Parameters, then locals.
const [A, A_ROW, A_STEP, B, B_STEP, OUT, OUT_ROW, M, K, N] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const [I, J, A_TILE, OUT_TILE, B_TILE, PA, PB, LEFT] = [10, 11, 12, 13, 14, 15, 16, 17];
/** Rows of a tile: 4 × 8 accumulators and the operands fill the vector registers of x64. */
const ROWS = 4;
const ROW_POINTER = 18;
const FIRST_F32 = 19;
const FIRST_V128 = FIRST_F32 + ROWS + 2;

const FLOAT = 4;

/** How a tile's row is held: in vectors of four columns, or in one scalar. */
interface Width {
  readonly columns: number;
  readonly parts: number;
  readonly accumulator: (row: number, part: number) => number;
  readonly b: (part: number) => number;
  readonly a: number;
  readonly zero: Code;
  readonly load: (offset: number) => Code;
  readonly loadA: Code;
  readonly store: (offset: number) => Code;
  readonly mul: Code;
  readonly add: Code;
}

const vectors = (parts: number): Width => ({
  columns: 4 * parts,
  parts,
  accumulator: (row, part) => FIRST_V128 + row * 2 + part,
  b: (part) => FIRST_V128 + 2 * ROWS + part,
  a: FIRST_V128 + 2 * ROWS + 2,
  zero: v128.floats(0),
  load: v128.load,
  loadA: v128.loadSplat(),
  store: v128.store,
  mul: v128.mul,
  add: v128.add,
});

const SCALAR: Width = {
  columns: 1,
  parts: 1,
  accumulator: (row) => FIRST_F32 + row,
  b: () => FIRST_F32 + ROWS,
  a: FIRST_F32 + ROWS + 1,
  zero: f32.const(0),
  load: f32.load,
  loadA: f32.load(),
  store: f32.store,
  mul: f32.mul,
  add: f32.add,
};

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** One tile of the output: sums over K in registers, then adds to memory. */
function tile(rows: number, width: Width): Code {
  const parts = range(width.parts);
  const everyCell = (emit: (row: number, part: number) => Code): Code =>
    seq(...range(rows).flatMap((row) => parts.map((part) => emit(row, part))));
  return seq(
    everyCell((row, part) => seq(width.zero, set(width.accumulator(row, part)))),
    seq(get(A_TILE), set(PA), get(B_TILE), set(PB), get(K), set(LEFT)),
    whileTrue(
      seq(get(LEFT)),
      seq(
        ...parts.map((part) => seq(get(PB), width.load(part * 16), set(width.b(part)))),
        get(PA),
        set(ROW_POINTER),
        ...range(rows).map((row) =>
          seq(
            seq(get(ROW_POINTER), width.loadA, set(width.a)),
            ...parts.map((part) =>
              seq(
                get(width.accumulator(row, part)),
                get(width.a),
                get(width.b(part)),
                width.mul,
                width.add,
                set(width.accumulator(row, part)),
              ),
            ),
            row + 1 < rows ? increase(ROW_POINTER, get(A_ROW)) : [],
          ),
        ),
        increase(PA, get(A_STEP)),
        increase(PB, get(B_STEP)),
        increase(LEFT, i32.const(-1)),
      ),
    ),
    seq(get(OUT_TILE), set(ROW_POINTER)),
    ...range(rows).map((row) =>
      seq(
        ...parts.map((part) =>
          seq(
            get(ROW_POINTER),
            get(ROW_POINTER),
            width.load(part * 16),
            get(width.accumulator(row, part)),
            width.add,
            width.store(part * 16),
          ),
        ),
        row + 1 < rows ? increase(ROW_POINTER, get(OUT_ROW)) : [],
      ),
    ),
  );
}

/** All rows of the output for one group of columns. */
function columnGroup(width: Width): Code {
  const rowTiles = (rows: number): Code =>
    stepsOf(
      I,
      rows,
      M,
      seq(
        tile(rows, width),
        increase(A_TILE, seq(get(A_ROW), i32.const(rows), i32.mul)),
        increase(OUT_TILE, seq(get(OUT_ROW), i32.const(rows), i32.mul)),
      ),
    );
  return seq(
    seq(i32.const(0), set(I), get(A), set(A_TILE)),
    seq(get(J), i32.const(FLOAT), i32.mul, tee(B_TILE), get(OUT), i32.add, set(OUT_TILE)),
    increase(B_TILE, get(B)),
    // One step each for the rest: a tile of one row waits for its own additions.
    ...range(ROWS).map((fewer) => rowTiles(ROWS - fewer)),
  );
}

/**
 * `gemm(a, aRow, aStep, b, bStep, out, outRow, m, k, n)`:
 * `out[i,j] += Σ_p a[i,p] · b[p,j]` in float32, where `a[i,p]` lies at `a + i·aRow + p·aStep`, `b[p,j]` at
 * `b + p·bStep + 4j` and `out[i,j]` at `out + i·outRow + 4j`. All strides are in bytes.
 */
export const GEMM: FunctionCode = {
  name: 'gemm',
  parameters: 10,
  locals: { i32: FIRST_F32 - 10, f32: ROWS + 2, v128: 2 * ROWS + 3 },
  body: seq(
    ...[vectors(2), vectors(1), SCALAR].map((width) => stepsOf(J, width.columns, N, columnGroup(width))),
  ),
};
