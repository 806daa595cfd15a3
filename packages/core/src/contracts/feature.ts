import type { FeatureLayout } from './model.js';
import type { Ref } from './term.js';

/** What a layer of a model gives, with all that a method needs to compare it with another. */
export interface LayerFeature {
  /** The name by which terms and helper modules read it, e.g. `student.layer2`. */
  readonly ref: Ref;
  /** Tap path in its model; a short name such as `f1` is resolved: `layer1`. */
  readonly path: string;
  /** Without the batch axis: `[H, W, C]` of maps, `[T, D]` of tokens. */
  readonly shape: readonly number[];
  readonly layout: FeatureLayout;
  /** Rows and columns, `[H, W]` of maps. Of tokens those of the patches: special tokens have no place in it. */
  readonly grid: readonly [height: number, width: number];
  /** Special tokens, which stand before those of the grid: T = specialTokens + h·w. 0 for maps. */
  readonly specialTokens: number;
  /** Values at each place: C of maps, D of tokens. */
  readonly channels: number;
  /** Rows of the image for each row of the grid: 4 for patches of 4×4 pixels, 2 after one halving. */
  readonly stride: number;
  /**
   * Name of the batch norm's weight γ `[channels]` that scales the channels one by one, for `ctx.param()`; undefined where there
   * is none. `f1` and `f1:pre` have the same; an input (`f1:in`) has none.
   */
  readonly scale: string | undefined;
}
