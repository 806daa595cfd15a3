/**
 * Signed distance in pixels from an outline around the origin, negative inside. `radius` is that of the circle of the
 * same area, so that size says nothing about the kind.
 */
export type Outline = (x: number, y: number, radius: number) => number;

/** Half the side of a square over the radius of the circle of the same area. */
const SQUARE = Math.sqrt(Math.PI) / 2;
/** Inner radius of an equilateral triangle (area 3√3·a²) over that of the circle. */
const TRIANGLE = Math.sqrt(Math.PI / (3 * Math.sqrt(3)));
const HALF_ROOT_3 = Math.sqrt(3) / 2;

/** Five tips at radius R, five notches at NOTCH·R: area 5·NOTCH·R²·sin 36°. */
const NOTCH = 0.45;
const FIFTH = (2 * Math.PI) / 5;
const TIP = Math.sqrt(Math.PI / (5 * NOTCH * Math.sin(FIFTH / 2)));
const TIPS = [0, 1, 2, 3, 4].map((k) => [Math.cos(k * FIFTH), Math.sin(k * FIFTH)] as const);
/** Outward normal of the edge from the tip (R, 0) to the notch beside it. */
const EDGE_X = NOTCH * Math.sin(FIFTH / 2);
const EDGE_Y = 1 - NOTCH * Math.cos(FIFTH / 2);
const EDGE = Math.hypot(EDGE_X, EDGE_Y);

const circle: Outline = (x, y, radius) => Math.sqrt(x * x + y * y) - radius;

const square: Outline = (x, y, radius) => Math.max(Math.abs(x), Math.abs(y)) - SQUARE * radius;

const triangle: Outline = (x, y, radius) =>
  Math.max(y, HALF_ROOT_3 * Math.abs(x) - y / 2) - TRIANGLE * radius;

const star: Outline = (x, y, radius) => {
  // In the sector of the nearest tip: `along` its axis, and `beside` it.
  let along = -Infinity;
  for (const [cos, sin] of TIPS) along = Math.max(along, x * cos + y * sin);
  const beside = Math.sqrt(Math.max(0, x * x + y * y - along * along));
  return ((along - TIP * radius) * EDGE_X + beside * EDGE_Y) / EDGE;
};

/** The kinds of shape, in the order in which classes count them. */
export const OUTLINES = { circle, triangle, star, square } as const satisfies Record<string, Outline>;

/** No outline reaches further from its centre than this many radii. */
export const REACH = 1.6;
