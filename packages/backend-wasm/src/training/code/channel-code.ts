import type { Code } from '../../simd/encoding.js';
import { get, i32, increase, seq, set, stepsOf, whileTrue } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import { accumulate, acrossRow, at, constant, FOUR, minus, ONE, plus, times } from './vector-code.js';

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** What is computed of matrices `[rows, channels]` and of values per channel; all arguments are locals. */
interface ChannelSpec {
  readonly inputs: number;
  readonly vectors: number;
  readonly body: (inputs: number[], vectors: number[]) => Code[];
}

/** `name(…inputs, …vectors, out, rows, bytes)`; a row of channels is `bytes` long. */
function channelMap(name: string, { inputs, vectors, body }: ChannelSpec): FunctionCode {
  const pointers = range(0, inputs);
  const vectorsAt = range(inputs, vectors);
  const [out, rows, bytes, j] = range(inputs + vectors, 4);
  const x = range(j + 1, inputs);
  const v = range(j + 1 + inputs, vectors);
  return {
    name,
    parameters: inputs + vectors + 3,
    locals: { i32: 1, f32: 0, v128: inputs + vectors },
    body: whileTrue(
      get(rows),
      seq(
        acrossRow(j, bytes, ({ load, store }) =>
          seq(
            ...[...pointers, ...vectorsAt].map((pointer, k) =>
              seq(load(at(pointer, j)), set([...x, ...v][k])),
            ),
            store(at(out, j), body(x, v)[0]),
          ),
        ),
        ...[...pointers, out].map((pointer) => increase(pointer, get(bytes))),
        increase(rows, i32.const(-1)),
      ),
    ),
  };
}

/**
 * `name(…inputs, …vectors, …sums, rows, bytes)`: adds Σ over the rows of each expression to `sums`. The channels of one
 * cache line are summed at once, in registers.
 */
function channelSums(name: string, { inputs, vectors, body }: ChannelSpec, sums: number): FunctionCode {
  const parts = 4;
  const pointers = range(0, inputs);
  const vectorsAt = range(inputs, vectors);
  const sumsAt = range(inputs + vectors, sums);
  const [rows, bytes, j, left] = range(inputs + vectors + sums, 4);
  const moving = range(left + 1, inputs);
  const x = range(left + 1 + inputs, inputs);
  const v = range(x[0] + inputs, vectors * parts);
  const accumulators = range(x[0] + inputs + vectors * parts, sums * parts);
  const group = (width: number, { load, store, bytes: step }: typeof FOUR): Code =>
    stepsOf(
      j,
      width * step,
      bytes,
      seq(
        ...range(0, width).flatMap((part) => [
          ...vectorsAt.map((pointer, k) => seq(load(at(pointer, j), part * step), set(v[k * parts + part]))),
          ...sumsAt.map((_, k) => seq(constant(0), set(accumulators[k * parts + part]))),
        ]),
        ...moving.map((local, k) => seq(at(pointers[k], j), set(local))),
        seq(get(rows), set(left)),
        whileTrue(
          get(left),
          seq(
            ...range(0, width).flatMap((part) => [
              ...moving.map((local, k) => seq(load(get(local), part * step), set(x[k]))),
              ...body(
                x,
                vectorsAt.map((_, k) => v[k * parts + part]),
              ).map((term, k) => accumulate(accumulators[k * parts + part], term)),
            ]),
            ...moving.map((local) => increase(local, get(bytes))),
            increase(left, i32.const(-1)),
          ),
        ),
        ...range(0, width).flatMap((part) =>
          sumsAt.map((pointer, k) =>
            store(
              at(pointer, j),
              plus(load(at(pointer, j), part * step), get(accumulators[k * parts + part])),
              part * step,
            ),
          ),
        ),
      ),
    );
  return {
    name,
    parameters: inputs + vectors + sums + 2,
    locals: { i32: 2 + inputs, f32: 0, v128: inputs + (vectors + sums) * parts },
    body: seq(i32.const(0), set(j), group(parts, FOUR), group(1, FOUR), group(1, ONE)),
  };
}

const squared = (x: number, mean: number): Code => {
  const centred = minus(get(x), get(mean));
  return times(centred, centred);
};

/**
 * `channelSum(x, sum, …)`: Σ x. `channelSquares(x, mean, sum, …)`: Σ (x − mean)².
 * `channelProducts(dy, x, mean, sumDy, sumProducts, …)`: Σ dy and Σ dy·(x − mean).
 * `normalizeChannels(x, mean, slope, shift, y, …)`: y = (x − mean)·slope + shift.
 * `normalizeChannelsGrad(dy, x, mean, slope, along1, alongX, dx, …)`: dx = slope·(dy − along1 − (x − mean)·alongX).
 */
export const CHANNELS: readonly FunctionCode[] = [
  channelSums('channelSum', { inputs: 1, vectors: 0, body: ([x]) => [get(x)] }, 1),
  channelSums('channelSquares', { inputs: 1, vectors: 1, body: ([x], [mean]) => [squared(x, mean)] }, 1),
  channelSums(
    'channelProducts',
    {
      inputs: 2,
      vectors: 1,
      body: ([dy, x], [mean]) => [get(dy), times(get(dy), minus(get(x), get(mean)))],
    },
    2,
  ),
  channelMap('normalizeChannels', {
    inputs: 1,
    vectors: 3,
    body: ([x], [mean, slope, shift]) => [plus(times(minus(get(x), get(mean)), get(slope)), get(shift))],
  }),
  channelMap('normalizeChannelsGrad', {
    inputs: 2,
    vectors: 4,
    body: ([dy, x], [mean, slope, along1, alongX]) => [
      times(get(slope), minus(minus(get(dy), get(along1)), times(minus(get(x), get(mean)), get(alongX)))),
    ],
  }),
];
