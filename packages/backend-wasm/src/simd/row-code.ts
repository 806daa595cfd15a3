import { f32, get, i32, increase, seq, set, stepsOf, v128, whileTrue } from './instructions.js';
import type { FunctionCode } from './module-encoder.js';

const [OUT, OUT_STEP, A, A_STEP, B, B_STEP, COUNT, COLUMNS] = [0, 1, 2, 3, 4, 5, 6, 7];
const [J, PO, PA, PB] = [8, 9, 10, 11];

const advance = (bytes: number) => seq(...[PO, PA, PB].map((pointer) => increase(pointer, i32.const(bytes))));

/**
 * `multiplyAddRows(out, outStep, a, aStep, b, bStep, count, columns)`:
 * `out[r,j] += a[r,j] · b[r,j]` in float32 for `count` rows whose starts are `…Step` bytes apart. A step of 0
 * for `b` reuses its row; a step of 0 for `out` sums over the rows.
 */
export const MULTIPLY_ADD_ROWS: FunctionCode = {
  name: 'multiplyAddRows',
  parameters: 8,
  locals: { i32: 4, f32: 0, v128: 0 },
  body: whileTrue(
    get(COUNT),
    seq(
      seq(i32.const(0), set(J), get(OUT), set(PO), get(A), set(PA), get(B), set(PB)),
      stepsOf(
        J,
        4,
        COLUMNS,
        seq(
          get(PO),
          get(PO),
          v128.load(),
          get(PA),
          v128.load(),
          get(PB),
          v128.load(),
          v128.mul,
          v128.add,
          v128.store(),
          advance(16),
        ),
      ),
      stepsOf(
        J,
        1,
        COLUMNS,
        seq(
          get(PO),
          get(PO),
          f32.load(),
          get(PA),
          f32.load(),
          get(PB),
          f32.load(),
          f32.mul,
          f32.add,
          f32.store(),
          advance(4),
        ),
      ),
      increase(OUT, get(OUT_STEP)),
      increase(A, get(A_STEP)),
      increase(B, get(B_STEP)),
      increase(COUNT, i32.const(-1)),
    ),
  ),
};
