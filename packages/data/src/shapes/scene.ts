import type { Rng } from '@kdx/tensor';
import { type Kind, SHAPE_CLASSES } from './classes.js';
import { type Colour, shade, tinted } from './colour.js';
import { OUTLINES, REACH } from './outlines.js';
import { PATTERNS } from './patterns.js';

/** Something painted with soft edges; its functions take pixels relative to its centre, in its own direction. */
export interface Item {
  readonly x: number;
  readonly y: number;
  /** Radians. */
  readonly angle: number;
  /** Nothing of it lies further from its centre, in pixels. */
  readonly reach: number;
  /** Signed distance in pixels, negative inside. */
  distance(x: number, y: number): number;
  /** Share of the second colour. */
  mix(x: number, y: number): number;
  readonly colours: readonly [Colour, Colour];
}

/** What one image shows. */
export interface Scene {
  /** Colours at the two ends of a gradient in direction `angle`. */
  readonly background: { readonly from: Colour; readonly to: Colour; readonly angle: number };
  /** Painted in order. */
  readonly items: readonly Item[];
}

/** Side of an image in pixels. */
export const SIDE = 32;

/** Radius of the shape that is the class, in pixels; distractors stay under half the least, and have no corners. */
const TARGET_RADIUS = [7.5, 10.5] as const;
const DISTRACTOR_RADIUS = [1.5, 2.9] as const;
/** Outlines lean at most so far, in radians; fillings turn freely. */
const LEAN = [-0.4, 0.4] as const;
/** Of stripes, checks and dots, in pixels. */
const PERIOD = [4.2, 5.6] as const;
/** Greys that backgrounds, and the light and the dark colour of what lies on them, are tints of. */
const MIDDLE = [0.4, 0.6] as const;
const LIGHT = [0.78, 0.95] as const;
const DARK = [0.05, 0.22] as const;
/** Share of the distractors that lie over the shape. */
const IN_FRONT = 0.35;

/** Draws a scene whose largest shape is class `label`; `clutter` is the mean number of distractors. */
export function drawScene(label: number, clutter: number, rng: Rng): Scene {
  const between = ([from, to]: readonly [number, number]) => from + (to - from) * rng.uniform();
  const turn = () => 2 * Math.PI * rng.uniform();
  const base = tinted(rng, between(MIDDLE));
  // Light on dark or dark on light, so that brightness tells no class.
  const pair = (): [Colour, Colour] => {
    const colours: [Colour, Colour] = [tinted(rng, between(LIGHT)), tinted(rng, between(DARK))];
    return rng.uniform() < 0.5 ? colours : [colours[1], colours[0]];
  };
  const background = {
    from: shade(base, -0.1 * rng.uniform()),
    to: shade(base, 0.1 * rng.uniform()),
    angle: turn(),
  };

  const figure = (kind: Kind, filling: keyof typeof PATTERNS, radius: number): Item => {
    const margin = radius + 0.5;
    const outline = OUTLINES[kind];
    const pattern = PATTERNS[filling];
    const period = between(PERIOD);
    const shift = [rng.uniform() * period, rng.uniform() * period];
    const grain = turn();
    const [cos, sin] = [Math.cos(grain), Math.sin(grain)];
    return {
      x: between([margin, SIDE - margin]),
      y: between([margin, SIDE - margin]),
      angle: between(LEAN),
      reach: REACH * radius + 1,
      distance: (x, y) => outline(x, y, radius),
      mix: (x, y) => pattern(x * cos + y * sin + shift[0], y * cos - x * sin + shift[1], period),
      colours: pair(),
    };
  };
  const line = (): Item => {
    const half = between([3, 9]);
    const thick = between([0.4, 0.8]);
    return {
      x: between([0, SIDE]),
      y: between([0, SIDE]),
      angle: turn(),
      reach: half + thick + 1,
      distance: (x, y) => Math.hypot(Math.max(0, Math.abs(x) - half), y) - thick,
      mix: () => 0,
      colours: pair(),
    };
  };

  const { kind, filling } = SHAPE_CLASSES[label];
  const target = figure(kind, filling, between(TARGET_RADIUS));
  const behind: Item[] = [];
  const front: Item[] = [];
  // Evenly from 0 to 2·clutter, rounded up or down by chance, so that the mean is exact.
  const count = Math.floor(2 * clutter * rng.uniform() + rng.uniform());
  for (let i = 0; i < count; i += 1) {
    const layer = rng.uniform() < IN_FRONT ? front : behind;
    const isLine = rng.uniform() < 0.4;
    layer.push(isLine ? line() : figure('circle', 'solid', between(DISTRACTOR_RADIUS)));
  }
  return { background, items: [...behind, target, ...front] };
}
