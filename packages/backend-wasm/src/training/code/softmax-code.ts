import { get, i32, increase, seq, set, v128, whileTrue } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import {
  accumulate,
  acrossLanes,
  acrossRow,
  at,
  constant,
  expOfNegative,
  larger,
  minus,
  over,
  plus,
  times,
} from './vector-code.js';

function softmaxRows(): FunctionCode {
  const [X, STEP, BIAS, BIAS_STEP, CONSTANTS, ROWS, BYTES, J] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [SCALE, LARGEST, SUM, E, ...exp] = [8, 9, 10, 11, 12, 13, 14];
  const [x, exponent, r] = exp;
  return {
    name: 'softmaxRows',
    parameters: 7,
    locals: { i32: 1, f32: 0, v128: 7 },
    body: seq(
      seq(get(CONSTANTS), v128.loadSplat(), set(SCALE)),
      whileTrue(
        get(ROWS),
        seq(
          seq(constant(Number.NEGATIVE_INFINITY), set(LARGEST), constant(0), set(SUM)),
          acrossRow(J, BYTES, ({ loadSpread, store }) =>
            seq(
              seq(plus(times(loadSpread(at(X, J)), get(SCALE)), loadSpread(at(BIAS, J))), set(E)),
              seq(larger(get(LARGEST), get(E)), set(LARGEST)),
              store(at(X, J), get(E)),
            ),
          ),
          acrossLanes(LARGEST, larger),
          acrossRow(J, BYTES, ({ load, store, only }) =>
            seq(
              seq(expOfNegative(minus(load(at(X, J)), get(LARGEST)), { x, exponent, r }), set(E)),
              seq(store(at(X, J), get(E)), accumulate(SUM, only(get(E)))),
            ),
          ),
          acrossLanes(SUM),
          seq(over(constant(1), get(SUM)), set(SUM)),
          acrossRow(J, BYTES, ({ load, store }) => store(at(X, J), times(load(at(X, J)), get(SUM)))),
          seq(increase(X, get(STEP)), increase(BIAS, get(BIAS_STEP)), increase(ROWS, i32.const(-1))),
        ),
      ),
    ),
  };
}

function softmaxGradRows(): FunctionCode {
  const [DY, Y, DX, STEP, CONSTANTS, ROWS, BYTES, J] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [FACTOR, SUM] = [8, 9];
  return {
    name: 'softmaxGradRows',
    parameters: 7,
    locals: { i32: 1, f32: 0, v128: 2 },
    body: seq(
      seq(get(CONSTANTS), v128.loadSplat(), set(FACTOR)),
      whileTrue(
        get(ROWS),
        seq(
          seq(constant(0), set(SUM)),
          acrossRow(J, BYTES, ({ load }) => accumulate(SUM, times(load(at(DY, J)), load(at(Y, J))))),
          acrossLanes(SUM),
          acrossRow(J, BYTES, ({ load, store }) =>
            store(at(DX, J), times(times(load(at(Y, J)), minus(load(at(DY, J)), get(SUM))), get(FACTOR))),
          ),
          ...[DY, Y, DX].map((pointer) => increase(pointer, get(STEP))),
          increase(ROWS, i32.const(-1)),
        ),
      ),
    ),
  };
}

/**
 * `softmaxRows(x, step, bias, biasStep, constants, rows, bytes)`: x ← softmax(scale·x + bias) in place, for rows of
 * `bytes` that begin `step` bytes apart. Constant: scale.
 *
 * `softmaxGradRows(dy, y, dx, step, constants, rows, bytes)`: dx = factor·y∘(dy − Σ dy∘y). Constant: factor.
 */
export const SOFTMAXES: readonly FunctionCode[] = [softmaxRows(), softmaxGradRows()];
