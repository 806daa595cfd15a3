import type { Precision } from '@kdx/tensor';
import type { Bridge, Handle } from '../libtorch/bridge.js';
import { usableCores } from '../machine/cores.js';
import { SCALAR_TYPE } from './element-types.js';
import { median } from './median.js';
import { Operators } from './operators.js';

const ROUNDS = 7;
/** More threads must be this much faster: they wait for each other, and for whatever else the machine does. */
const WORTH = 1.1;

/** How many threads compute fastest, and what was measured. */
export interface ThreadChoice {
  readonly threads: number;
  /** Median milliseconds of the sample work by number of threads. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** Whether a value, of a file perhaps, is a choice that a machine of so many cores can have made. */
export const isThreadChoice =
  (cores: number) =>
  (value: unknown): value is ThreadChoice => {
    const { threads, milliseconds } = (value ?? {}) as Partial<ThreadChoice>;
    return threadCandidates(cores).some((count) => count === threads) && typeof milliseconds === 'object';
  };

/** 1, 2, 4, … and all that there are. */
export function threadCandidates(cores: number): number[] {
  const powers = Array.from({ length: Math.ceil(Math.log2(cores)) }, (_, i) => 2 ** i);
  return [...new Set([...powers, cores])];
}

/** The fewest threads that no other number of them beats by a tenth, given each one's milliseconds. */
export function bestThreads(times: ReadonlyMap<number, number>): number {
  const fastest = Math.min(...times.values());
  const worthy = [...times].filter(([, ms]) => ms / fastest <= WORTH).map(([threads]) => threads);
  return Math.min(...worthy);
}

/**
 * The number of threads that computes a small transformer block and a convolution fastest here, in the precision that
 * products are to have. On few cores more threads can be slower: those that wait take time from those that work. The
 * bridge is left with whichever number was tried last.
 */
export function chooseThreads(
  bridge: Bridge,
  precision: Precision = 'float32',
  cores = usableCores(),
): ThreadChoice {
  const candidates = threadCandidates(cores);
  if (candidates.length === 1) return { threads: 1, milliseconds: {} };
  const work = sampleWork(bridge, precision);
  const times = new Map<number, number[]>(candidates.map((threads) => [threads, []]));
  try {
    // Taking turns, since a machine's speed changes under what else runs on it.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const threads of candidates) {
        bridge.setThreads(threads);
        // Threads are started by the first work that wants them.
        work.run();
        const start = performance.now();
        work.run();
        if (round > 0) times.get(threads)?.push(performance.now() - start);
      }
    }
  } finally {
    work.dispose();
  }
  const medians = new Map([...times].map(([threads, ms]) => [threads, median(ms)]));
  const rounded = [...medians].map(([threads, ms]) => [threads, +ms.toFixed(3)] as const);
  return { threads: bestThreads(medians), milliseconds: Object.fromEntries(rounded) };
}

/** Something to time. */
export interface SampleWork {
  run(): void;
  dispose(): void;
}

/** What a step is made of: products and convolutions as the kernels run them, and passes over activations. */
export function sampleWork(bridge: Bridge, precision: Precision): SampleWork {
  const operators = new Operators(bridge);
  const call = (name: string, ...args: Parameters<Operators['call']>[1][]): Handle =>
    operators.call(name, ...args) as Handle;
  const convolve = (images: Handle, filter: Handle, padding: number): Handle =>
    call('convolution', images, filter, null, [1, 1], [padding, padding], [1, 1], false, [0, 0], 1);
  const random = (shape: number[]): Handle => {
    const whole = call('rand', shape);
    if (precision === 'float32') return whole;
    const rounded = call('to.dtype', whole, SCALAR_TYPE[precision]);
    bridge.free(whole);
    return rounded;
  };
  const inputs = [
    random([32, 64, 1, 192]),
    random([768, 192, 1, 1]),
    random([32, 32, 32, 16]),
    random([16, 16, 3, 3]),
  ] as const;
  const [tokens, weight, images, filter] = inputs;
  return {
    run() {
      const rows = call('permute', tokens, [0, 3, 1, 2]);
      const hidden = convolve(rows, weight, 0);
      const active = call('gelu', hidden);
      const maps = call('permute', images, [0, 3, 1, 2]);
      const convolved = convolve(maps, filter, 1);
      const sum = call('add.Tensor', convolved, maps);
      for (const handle of [rows, hidden, active, maps, convolved, sum]) bridge.free(handle);
    },
    dispose() {
      for (const handle of inputs) bridge.free(handle);
    },
  };
}
