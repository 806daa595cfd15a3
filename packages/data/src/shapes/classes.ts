import { OUTLINES } from './outlines.js';
import { PATTERNS } from './patterns.js';

export type Kind = keyof typeof OUTLINES;
export type Filling = keyof typeof PATTERNS;

const KINDS = Object.keys(OUTLINES) as Kind[];
const FILLINGS = Object.keys(PATTERNS) as Filling[];

/** Every kind with every filling; class k is the k-th, so that 4, 8, 12 and 16 classes are whole kinds. */
export const SHAPE_CLASSES: readonly { readonly kind: Kind; readonly filling: Filling }[] = KINDS.flatMap(
  (kind) => FILLINGS.map((filling) => ({ kind, filling })),
);

/** E.g. `striped triangle`. */
export const shapeClassNames = (classes: number): readonly string[] =>
  SHAPE_CLASSES.slice(0, classes).map(({ kind, filling }) => `${filling} ${kind}`);
