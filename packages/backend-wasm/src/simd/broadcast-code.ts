import type { Code } from './encoding.js';
import { get, i32, increase, seq, set, stepsOf, v128, whileTrue } from './instructions.js';
import type { FunctionCode } from './module-encoder.js';

const [OUT, A, ROW, ROWS, COLUMNS] = [0, 1, 2, 3, 4];
const [J, P] = [5, 6];

const advance = (bytes: number): Code =>
  seq(...[OUT, A, P].map((pointer) => increase(pointer, i32.const(bytes))));

/** `name(out, a, row, rows, columns)`: `out[r,j] = a[r,j] op row[j]` in float32, rows adjacent. */
const withRow = (name: string, operation: Code): FunctionCode => ({
  name,
  parameters: 5,
  locals: { i32: 2, f32: 0, v128: 0 },
  body: whileTrue(
    get(ROWS),
    seq(
      seq(i32.const(0), set(J), get(ROW), set(P)),
      stepsOf(
        J,
        4,
        COLUMNS,
        seq(get(OUT), get(A), v128.load(), get(P), v128.load(), operation, v128.store(), advance(16)),
      ),
      stepsOf(
        J,
        1,
        COLUMNS,
        seq(
          get(OUT),
          get(A),
          v128.loadLane0(),
          get(P),
          v128.loadLane0(),
          operation,
          v128.storeLane0(),
          advance(4),
        ),
      ),
      increase(ROWS, i32.const(-1)),
    ),
  ),
});

export const BROADCAST: readonly FunctionCode[] = [
  withRow('addRow', v128.add),
  withRow('subtractRow', v128.sub),
  withRow('multiplyRow', v128.mul),
  withRow('divideRow', v128.div),
];
