/** Share in [0, 1] of the second colour at a point of a shape; `period` in pixels. */
export type Pattern = (x: number, y: number, period: number) => number;

/** 0 to 1 over one pixel about the edge that lies where `distance` is 0. */
export const cover = (distance: number): number => Math.min(1, Math.max(0, 0.5 - distance));

/** Bands half a period wide, their edges one pixel soft. */
const wave = (x: number, period: number): number => {
  const phase = x / period;
  return cover((0.25 - Math.abs(phase - Math.round(phase))) * period);
};

const solid: Pattern = () => 0;

const striped: Pattern = (x, _y, period) => wave(x, period);

const checked: Pattern = (x, y, period) => {
  const a = wave(x, period);
  const b = wave(y, period);
  return a * (1 - b) + b * (1 - a);
};

/** Discs on a square grid that cover three tenths of it. */
const dotted: Pattern = (x, y, period) => {
  const dx = x - Math.round(x / period) * period;
  const dy = y - Math.round(y / period) * period;
  return cover(Math.sqrt(dx * dx + dy * dy) - DOT * period);
};
const DOT = Math.sqrt(0.3 / Math.PI);

/** The fillings, in the order in which classes count them. */
export const PATTERNS = { striped, solid, checked, dotted } as const satisfies Record<string, Pattern>;
