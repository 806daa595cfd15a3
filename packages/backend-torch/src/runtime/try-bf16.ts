import { messageOf } from '@kdx/tensor';
import type { Bridge, Handle } from '../libtorch/bridge.js';
import { sampleWork } from './choose-threads.js';
import { SCALAR_TYPE } from './element-types.js';
import { median } from './median.js';
import { Operators } from './operators.js';

/**
 * Largest error that a sum of products may have, as a share of the largest value. A result of bf16 has 8 bits, so that
 * rounding a right sum costs 0.4 %; sums that are kept in bf16 while they grow come out at a half or less.
 */
const LIMIT = 0.015;

/** Products in each sum. */
const SUMMANDS = 2048;

/** What bf16 is worth on a machine. */
export interface Bf16Trial {
  /** What came out wrong, in words; empty where bf16 is as accurate as its 8 bits allow. */
  readonly wrong: string;
  /** Whether oneDNN's convolution computes it too, which kernels/product.ts uses for large products. */
  readonly hasConvolution: boolean;
}

type Tensor = (shape: readonly number[]) => Handle;
type Call = (name: string, ...args: Parameters<Operators['call']>[1][]) => Handle;

/**
 * Every way in which kernels multiply, on tensors `[shape]` that `tensor` makes in one precision. Each result is a sum
 * of about {@link SUMMANDS} products of positive numbers.
 */
function products(call: Call, callMany: (...args: Parameters<Call>) => Handle[], tensor: Tensor) {
  const K = SUMMANDS;
  /** `[B, H, W, C]` as libtorch has it: `[B, C, H, W]` with channels innermost. */
  const image = (shape: readonly number[]): Handle => call('permute', tensor(shape), [0, 3, 1, 2]);
  const gradients = (dy: Handle, x: Handle, filter: Handle, groups: number): Handle[] => {
    const rest = [null, [1, 1], [0, 0], [1, 1], false, [0, 0], groups, [true, true, false]] as const;
    return callMany('convolution_backward', dy, x, filter, ...rest).slice(0, 2);
  };
  return {
    'a product of matrices': () => [
      call('addmm', tensor([8]), tensor([3, K]), tensor([K, 8])),
      call('mm', tensor([96, K]), tensor([K, 16])),
      call('mm', call('t', tensor([K, 8])), tensor([K, 24])),
    ],
    'a product of batches of matrices': () => [
      call('bmm', tensor([2, 9, K]), call('transpose.int', tensor([2, 8, K]), -2, -1)),
      call('baddbmm', tensor([1, 1, 1]), tensor([2, 9, K]), tensor([2, K, 8]), 0, 0.5),
    ],
    'a convolution': () => [
      call(
        'convolution',
        image([2, 5, 5, 256]),
        tensor([8, 256, 3, 3]),
        ...[null, [1, 1], [0, 0], [1, 1], false, [0, 0], 1],
      ),
    ],
    'the gradient of a convolution': () => [
      ...gradients(image([2, 14, 14, 256]), image([2, 16, 16, 4]), tensor([256, 4, 3, 3]), 1),
      ...gradients(image([8, 16, 16, 8]), image([8, 16, 16, 8]), tensor([8, 1, 1, 1]), 8),
    ],
  };
}

/** oneDNN's own convolution, called by its name. */
const oneDnnConvolution = (call: Call, tensor: Tensor) => (): Handle[] => [
  call(
    'mkldnn_convolution',
    call('permute', tensor([1, 1, 64, SUMMANDS]), [0, 3, 1, 2]),
    tensor([16, SUMMANDS, 1, 1]),
    ...[null, [0, 0], [1, 1], [1, 1], 1],
  ),
];

/**
 * Computes in bf16 and, from the same numbers, in float32 on the CPU, and compares. What libtorch does depends on the
 * processor and on the version: without instructions for bf16 some refuse it and some keep sums in it
 * (findings/torch-bf16-sums.sh). The numbers are the same each time and the limit is far from both outcomes, so that a
 * machine always gets the same answer. Takes about a tenth of a second.
 */
export function tryBf16(bridge: Bridge): Bf16Trial {
  const threads = bridge.threads();
  bridge.setThreads(1);
  try {
    const wrong = firstWrong(bridge, products);
    const one: typeof products = (call, _, tensor) =>
      ({ convolution: oneDnnConvolution(call, tensor) }) as never;
    return { wrong, hasConvolution: wrong === '' && firstWrong(bridge, one) === '' };
  } finally {
    bridge.setThreads(threads);
  }
}

function firstWrong(bridge: Bridge, cases: typeof products): string {
  const operators = new Operators(bridge);
  const made: Handle[] = [];
  const keep = <T extends Handle | Handle[]>(result: T): T => {
    made.push(...[result].flat().filter((handle) => handle !== 0));
    return result;
  };
  const call: Call = (name, ...args) => keep(operators.call(name, ...args) as Handle);
  const callMany = (...args: Parameters<Call>): Handle[] => keep(operators.call(...args) as Handle[]);
  /** Numbers in (0, 1], the same for each shape, rounded to bf16 and then stored in a type. */
  const tensorsOf = (type: 'bf16' | 'float32'): Tensor => {
    let state = 1;
    return (shape) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const values = Float32Array.from({ length: size }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state + 1) / 2 ** 32;
      });
      const rounded = call('to.dtype', keep(bridge.fromHost(values, shape, 'float32', -1)), SCALAR_TYPE.bf16);
      return type === 'bf16' ? rounded : call('to.dtype', rounded, SCALAR_TYPE.float32);
    };
  };
  const inTypes = (['bf16', 'float32'] as const).map((type) => cases(call, callMany, tensorsOf(type)));
  try {
    for (const name of Object.keys(inTypes[0] as object) as (keyof ReturnType<typeof products>)[]) {
      const [rounded, exact] = inTypes.map((all) => all[name]().map((result) => read(bridge, call, result)));
      const fault = exact?.map((values, i) => faultOf(rounded?.[i] as Float32Array, values)).find(Boolean);
      if (fault) return `${name} gave ${fault}`;
    }
    return '';
  } catch (error) {
    return messageOf(error).replace(/\.$/, '');
  } finally {
    for (const handle of made) bridge.free(handle);
  }
}

function read(bridge: Bridge, call: Call, tensor: Handle): Float32Array {
  const row = call('to.dtype', call('reshape', tensor, [-1]), SCALAR_TYPE.float32);
  const about = new Int32Array(10);
  bridge.describe(row, about);
  const values = new Float32Array(about[1] as number);
  bridge.toHost(row, values);
  return values;
}

/** The worst of several values, as `256 for 1030`; empty where all are right. */
function faultOf(actual: Float32Array, expected: Float32Array): string {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errorOf = (value: number, i: number): number => Math.abs(value - (actual[i] as number));
  const errors = expected.map((value, i) =>
    errorOf(value, i) >= 0 ? errorOf(value, i) : Number.POSITIVE_INFINITY,
  );
  const worst = errors.reduce((at, error, i) => (error <= (errors[at] as number) ? at : i), 0);
  if ((errors[worst] as number) <= LIMIT * largest) return '';
  const [is, shouldBe] = [actual, expected].map((values) => +(values[worst] as number).toPrecision(4));
  return `${is} for ${shouldBe}`;
}

const ROUNDS = 5;

/** How many times as fast as float32 bf16 computes the sample work, on one thread. Below 1 it is slower. */
export function speedOfBf16(bridge: Bridge): number {
  const threads = bridge.threads();
  bridge.setThreads(1);
  const works = (['float32', 'bf16'] as const).map((precision) => sampleWork(bridge, precision));
  const times: number[][] = [[], []];
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      works.forEach((work, i) => {
        const start = performance.now();
        work.run();
        // The first round finds and compiles kernels.
        if (round > 0) times[i]?.push(performance.now() - start);
      });
    }
  } finally {
    for (const work of works) work.dispose();
    bridge.setThreads(threads);
  }
  const [inFloat32, inBf16] = times.map(median) as [number, number];
  return +(inFloat32 / inBf16).toFixed(2);
}
