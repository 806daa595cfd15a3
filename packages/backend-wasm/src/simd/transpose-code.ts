import type { Code } from './encoding.js';
import { f32, get, i32, increase, seq, set, stepsOf, v128 } from './instructions.js';
import type { FunctionCode } from './module-encoder.js';

const [X, X_ROW, OUT, OUT_ROW, ROWS, COLUMNS] = [0, 1, 2, 3, 4, 5];
const [I, J, PX, PO, P] = [6, 7, 8, 9, 10];
const FIRST_V128 = 11;

/** Sets PX and PO to the tile at row I and column J. */
const locateTile: Code = seq(
  seq(get(X), get(I), get(X_ROW), i32.mul, i32.add, get(J), i32.const(4), i32.mul, i32.add, set(PX)),
  seq(get(OUT), get(J), get(OUT_ROW), i32.mul, i32.add, get(I), i32.const(4), i32.mul, i32.add, set(PO)),
);

const lane = (index: number): number => FIRST_V128 + index;
const merge = (into: number, first: number, second: number, lanes: number[]): Code =>
  seq(get(lane(first)), get(lane(second)), v128.shuffle(...lanes), set(lane(into)));

const tileOfFour: Code = seq(
  locateTile,
  seq(get(PX), set(P)),
  ...[0, 1, 2, 3].map((row) => seq(get(P), v128.load(), set(lane(row)), increase(P, get(X_ROW)))),
  merge(4, 0, 1, [0, 4, 1, 5]),
  merge(5, 0, 1, [2, 6, 3, 7]),
  merge(6, 2, 3, [0, 4, 1, 5]),
  merge(7, 2, 3, [2, 6, 3, 7]),
  merge(0, 4, 6, [0, 1, 4, 5]),
  merge(1, 4, 6, [2, 3, 6, 7]),
  merge(2, 5, 7, [0, 1, 4, 5]),
  merge(3, 5, 7, [2, 3, 6, 7]),
  seq(get(PO), set(P)),
  ...[0, 1, 2, 3].map((row) => seq(get(P), get(lane(row)), v128.store(), increase(P, get(OUT_ROW)))),
);

const single: Code = seq(locateTile, get(PO), get(PX), f32.load(), f32.store());

const columns = (step: number, body: Code): Code => stepsOf(J, step, COLUMNS, body);
const fromFirstColumn: Code = seq(i32.const(0), set(J));

// The columns that no tile of four covers are moved one by one, in each of the tile's rows.
const singlesInFourRows: Code = seq(
  ...[0, 1, 2, 3].map((row) =>
    seq(
      locateTile,
      increase(PX, seq(get(X_ROW), i32.const(row), i32.mul)),
      seq(get(PO), get(PX), f32.load(), f32.store(row * 4)),
    ),
  ),
);

/**
 * `transpose(x, xRow, out, outRow, rows, columns)`: `out[j,i] = x[i,j]` of 4-byte elements; `xRow` and `outRow`
 * are the bytes from one row to the next.
 */
export const TRANSPOSE: FunctionCode = {
  name: 'transpose',
  parameters: 6,
  locals: { i32: 5, f32: 0, v128: 8 },
  body: seq(
    stepsOf(I, 4, ROWS, seq(fromFirstColumn, columns(4, tileOfFour), columns(1, singlesInFourRows))),
    stepsOf(I, 1, ROWS, seq(fromFirstColumn, columns(1, single))),
  ),
};
