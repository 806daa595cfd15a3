import type { Rng } from '@kdx/tensor';

/** Red, green, blue in [0, 1]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** How far a channel strays from the grey that a colour is drawn around. */
const TINT = 0.18;

/** A random colour about as light as the grey `level`. */
export const tinted = (rng: Rng, level: number): Colour => {
  const channel = () => Math.min(1, Math.max(0, level + TINT * (2 * rng.uniform() - 1)));
  return [channel(), channel(), channel()];
};

/** Lighter (by > 0) or darker. */
export const shade = ([red, green, blue]: Colour, by: number): Colour => [red + by, green + by, blue + by];
