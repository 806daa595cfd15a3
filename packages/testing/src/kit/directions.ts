import type { Parameter, Rng } from '@kdx/tensor';
import type { Direction } from './finite-difference.js';

/** A random unit direction in which each tensor has the same share, so that a bias counts as much as a matrix. */
export function randomDirection(parameters: ReadonlyMap<string, Parameter>, rng: Rng): Direction {
  const share = 1 / Math.sqrt(parameters.size);
  return new Map(
    [...parameters].map(([name, { variable }]) => {
      const values = Float64Array.from({ length: variable.size }, () => rng.normal());
      const scale = share / normOf(values);
      return [name, Float32Array.from(values, (value) => value * scale)];
    }),
  );
}

/** The unit direction of a gradient; undefined where it is zero. */
export function alongGradient(gradient: ReadonlyMap<string, Float32Array>): Direction | undefined {
  const norm = Math.hypot(...[...gradient.values()].map(normOf));
  if (norm === 0) return undefined;
  return new Map([...gradient].map(([name, values]) => [name, values.map((value) => value / norm)]));
}

/** What the gradient says of a direction: their inner product. */
export function project(gradient: ReadonlyMap<string, Float32Array>, direction: Direction): number {
  let sum = 0;
  for (const [name, values] of gradient) {
    const along = direction.get(name);
    if (along) for (let i = 0; i < values.length; i++) sum += values[i] * along[i];
  }
  return sum;
}

/** The projection to expect of a {@link randomDirection}: the root of its mean square. */
export function typicalProjection(gradient: ReadonlyMap<string, Float32Array>, tensors: number): number {
  const squares = [...gradient.values()].map((values) => normOf(values) ** 2 / values.length);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / tensors);
}

/** Euclidean length. */
export function normOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}
