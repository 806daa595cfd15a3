import { get, i32, increase, seq, set, v128, whileTrue } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import {
  accumulate,
  acrossLanes,
  acrossRow,
  at,
  constant,
  minus,
  over,
  plus,
  root,
  times,
} from './vector-code.js';

function layerNorm(): FunctionCode {
  const [X, GAMMA, BETA, Y, MEAN, INVERSE_STD, CONSTANTS, ROWS, BYTES, J] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const [EPSILON, SHARE, SUM, M, S, D] = [10, 11, 12, 13, 14, 15];
  const sum = seq(constant(0), set(SUM));
  return {
    name: 'layerNorm',
    parameters: 9,
    locals: { i32: 1, f32: 0, v128: 6 },
    body: seq(
      seq(get(CONSTANTS), v128.loadSplat(0), set(EPSILON), get(CONSTANTS), v128.loadSplat(4), set(SHARE)),
      whileTrue(
        get(ROWS),
        seq(
          sum,
          acrossRow(J, BYTES, ({ load }) => accumulate(SUM, load(at(X, J)))),
          acrossLanes(SUM),
          seq(times(get(SUM), get(SHARE)), set(M)),
          sum,
          acrossRow(J, BYTES, ({ load, only }) =>
            seq(minus(load(at(X, J)), get(M)), set(D), accumulate(SUM, only(times(get(D), get(D))))),
          ),
          acrossLanes(SUM),
          seq(over(constant(1), root(plus(times(get(SUM), get(SHARE)), get(EPSILON)))), set(S)),
          acrossRow(J, BYTES, ({ load, store }) =>
            store(
              at(Y, J),
              plus(
                times(times(minus(load(at(X, J)), get(M)), get(S)), load(at(GAMMA, J))),
                load(at(BETA, J)),
              ),
            ),
          ),
          seq(get(MEAN), get(M), v128.storeLane0(), get(INVERSE_STD), get(S), v128.storeLane0()),
          ...[X, Y].map((pointer) => increase(pointer, get(BYTES))),
          ...[MEAN, INVERSE_STD].map((pointer) => increase(pointer, i32.const(4))),
          increase(ROWS, i32.const(-1)),
        ),
      ),
    ),
  };
}

function layerNormGrad(): FunctionCode {
  const [DY, X, GAMMA, MEAN, INVERSE_STD, DX, DGAMMA, DBETA, CONSTANTS, ROWS, BYTES, J] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ];
  const [SHARE, M, S, G, Z, DZ, ALONG_1, ALONG_Z] = [12, 13, 14, 15, 16, 17, 18, 19];
  const sums = [ALONG_1, ALONG_Z];
  return {
    name: 'layerNormGrad',
    parameters: 11,
    locals: { i32: 1, f32: 0, v128: 8 },
    body: seq(
      seq(get(CONSTANTS), v128.loadSplat(), set(SHARE)),
      whileTrue(
        get(ROWS),
        seq(
          seq(get(MEAN), v128.loadSplat(), set(M), get(INVERSE_STD), v128.loadSplat(), set(S)),
          ...sums.map((sum) => seq(constant(0), set(sum))),
          // The lanes that hold no column have dy = 0, so nothing comes from them.
          acrossRow(J, BYTES, ({ load, store }) =>
            seq(
              seq(load(at(DY, J)), set(G), times(minus(load(at(X, J)), get(M)), get(S)), set(Z)),
              seq(times(get(G), load(at(GAMMA, J))), set(DZ)),
              accumulate(ALONG_1, get(DZ)),
              accumulate(ALONG_Z, times(get(DZ), get(Z))),
              store(at(DGAMMA, J), plus(load(at(DGAMMA, J)), times(get(G), get(Z)))),
              store(at(DBETA, J), plus(load(at(DBETA, J)), get(G))),
            ),
          ),
          ...sums.map((sum) => seq(acrossLanes(sum), times(get(sum), get(SHARE)), set(sum))),
          acrossRow(J, BYTES, ({ load, store }) =>
            seq(
              seq(times(minus(load(at(X, J)), get(M)), get(S)), set(Z)),
              seq(times(load(at(DY, J)), load(at(GAMMA, J))), set(DZ)),
              store(
                at(DX, J),
                times(get(S), minus(minus(get(DZ), get(ALONG_1)), times(get(Z), get(ALONG_Z)))),
              ),
            ),
          ),
          ...[DY, X, DX].map((pointer) => increase(pointer, get(BYTES))),
          ...[MEAN, INVERSE_STD].map((pointer) => increase(pointer, i32.const(4))),
          increase(ROWS, i32.const(-1)),
        ),
      ),
    ),
  };
}

/**
 * `layerNorm(x, gamma, beta, y, mean, inverseStd, constants, rows, bytes)`: constants ε and 1/D; a row is `bytes` long.
 *
 * `layerNormGrad(dy, x, gamma, mean, inverseStd, dx, dgamma, dbeta, constants, rows, bytes)`: constant 1/D; adds to
 * dgamma and dbeta.
 */
export const LAYER_NORMS: readonly FunctionCode[] = [layerNorm(), layerNormGrad()];
