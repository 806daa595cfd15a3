import { kdxError } from '../errors.js';
import type { Rng } from '../parameters/parameter.js';
import { beta } from './beta.js';
import { Sfc32 } from './sfc32.js';

const bits = new DataView(new ArrayBuffer(8));

/**
 * A random stream that depends on nothing but its key: the same `(seed, ...purpose)` gives the same numbers in any
 * process, on any worker, in any order. Cheap enough (well under a microsecond) to make one per sample.
 *
 * Parts are distinguished by type and by length: `('a', 'bc')`, `('ab', 'c')`, `(1)` and `('1')` are four keys.
 *
 * @throws KdxError `KDX_RNG_KEY` for a number that is not finite.
 */
export function keyedRng(seed: number, ...purpose: readonly (string | number)[]): Rng {
  const source = new Sfc32();
  absorbNumber(source, seed);
  for (const part of purpose) {
    if (typeof part === 'number') absorbNumber(source, part);
    else absorbString(source, part);
  }
  source.settle();
  return new HostRng(source);
}

function absorbNumber(into: Sfc32, value: number): void {
  if (!Number.isFinite(value)) {
    throw kdxError(
      'KDX_RNG_KEY',
      `A random stream was keyed by ${value}; key it by finite numbers such as seed, epoch and sample index.`,
    );
  }
  bits.setFloat64(0, value + 0); // −0 and 0 are one key
  into.absorb(0);
  into.absorb(bits.getInt32(0));
  into.absorb(bits.getInt32(4));
}

function absorbString(into: Sfc32, text: string): void {
  // Odd, so never the 0 that opens a number; with the length, so that parts cannot run into each other.
  into.absorb((text.length << 1) | 1);
  for (let i = 0; i < text.length; i += 2) {
    const second = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
    into.absorb(text.charCodeAt(i) | (second << 16));
  }
}

class HostRng implements Rng {
  readonly #bits: Sfc32;

  constructor(source: Sfc32) {
    this.#bits = source;
  }

  uniform(): number {
    const high = this.#bits.next() >>> 5; // 27 bits
    const low = this.#bits.next() >>> 6; // 26 bits
    return (high * 2 ** 26 + low) * 2 ** -53;
  }

  integer(below: number): number {
    if (!(Number.isSafeInteger(below) && below > 0)) {
      throw kdxError(
        'KDX_RNG_RANGE',
        `A random integer below ${below} was asked for; it takes an integer ≥ 1.`,
      );
    }
    // The bias of scaling 53 bits is below 2⁻²¹ even for 2³² values.
    return Math.floor(this.uniform() * below);
  }

  /** Box–Muller without the sine: two uniforms per draw, always, so nothing is left over between draws. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  beta(a: number, b: number): number {
    return beta(this, a, b);
  }

  seed(): number {
    return this.#bits.next() >>> 1;
  }

  /** Fisher–Yates. */
  shuffle<T extends { [index: number]: number; readonly length: number }>(array: T): T {
    for (let i = array.length - 1; i > 0; i -= 1) {
      const j = this.integer(i + 1);
      const kept = array[i];
      array[i] = array[j];
      array[j] = kept;
    }
    return array;
  }
}
