import { get, i32, increase, seq, set, whileTrue } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import { acrossRow, at } from './vector-code.js';

const [FROM, FROM_OUTER, FROM_INNER, TO, OUTER, INNER, BYTES] = [0, 1, 2, 3, 4, 5, 6];
const [START, LEFT, J] = [7, 8, 9];

/**
 * `copyRuns(from, fromOuter, fromInner, to, outer, inner, bytes)`: gathers `outer × inner` runs of `bytes`, a multiple
 * of 4, which begin `…Outer` and `…Inner` bytes apart, into adjacent memory.
 */
export const COPY_RUNS: FunctionCode = {
  name: 'copyRuns',
  parameters: 7,
  locals: { i32: 3, f32: 0, v128: 0 },
  body: whileTrue(
    get(OUTER),
    seq(
      seq(get(FROM), set(START), get(INNER), set(LEFT)),
      whileTrue(
        get(LEFT),
        seq(
          acrossRow(J, BYTES, ({ load, store }) => store(at(TO, J), load(at(START, J)))),
          increase(TO, get(BYTES)),
          increase(START, get(FROM_INNER)),
          increase(LEFT, i32.const(-1)),
        ),
      ),
      increase(FROM, get(FROM_OUTER)),
      increase(OUTER, i32.const(-1)),
    ),
  ),
};
