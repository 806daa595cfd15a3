import { availableParallelism } from 'node:os';
import type { Bridge, Handle } from '../libtorch/bridge.js';
import { Operators } from './operators.js';

const ROUNDS = 7;
/** More threads must be this much faster: they wait for each other, and for whatever else the machine does. */
const WORTH = 1.1;

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
 * The number of threads that computes a small transformer block and a convolution fastest here. On few cores more
 * threads can be slower: those that wait take time from those that work.
 */
export function chooseThreads(bridge: Bridge, cores = availableParallelism()): number {
  const candidates = threadCandidates(cores);
  if (candidates.length === 1) return bridge.setThreads(1);
  const work = sampleWork(bridge);
  const times = new Map<number, number[]>(candidates.map((threads) => [threads, []]));
  // Taking turns, since a machine's speed changes under what else runs on it.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const threads of candidates) {
      bridge.setThreads(threads);
      const start = performance.now();
      work.run();
      if (round > 0) times.get(threads)?.push(performance.now() - start);
    }
  }
  work.dispose();
  return bridge.setThreads(bestThreads(new Map([...times].map(([threads, ms]) => [threads, median(ms)]))));
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

function sampleWork(bridge: Bridge): { run(): void; dispose(): void } {
  const operators = new Operators(bridge);
  const call = (name: string, ...args: Parameters<Operators['call']>[1][]): Handle =>
    operators.call(name, ...args) as Handle;
  const tokens = call('rand', [2048, 192]);
  const weight = call('rand', [192, 768]);
  const images = call('rand', [32, 16, 32, 32]);
  const filter = call('rand', [16, 16, 3, 3]);
  return {
    run() {
      const hidden = call('mm', tokens, weight);
      const active = call('gelu', hidden);
      const back = call('t', weight);
      const mixed = call('mm', active, back);
      const sum = call('add.Tensor', mixed, tokens);
      const maps = call('conv2d', images, filter, null, [1, 1], [1, 1]);
      for (const handle of [hidden, active, back, mixed, sum, maps]) bridge.free(handle);
    },
    dispose() {
      for (const handle of [tokens, weight, images, filter]) bridge.free(handle);
    },
  };
}
