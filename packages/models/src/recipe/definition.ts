import type { Adaptations, Feature, ImageSize, Normalization } from '@kdx/core';
import type { ForwardCall, Layer } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';

/** What a model's factory is told. */
export interface ModelContext<Options = Record<string, unknown>> {
  /** The name being built, options included; for error messages. */
  readonly name: string;
  readonly classes: number;
  readonly imageSize: ImageSize;
  readonly options: Options;
  /** What plugins asked of the architecture. */
  readonly adaptations: Readonly<Partial<Adaptations>>;
}

/** Feature → logits `[B, K]`. A function where the head reads only part of the feature, such as one token. */
export type Head = Layer | ((feature: tf.Tensor, call: ForwardCall) => tf.Tensor);

/** A trunk with heads. */
export interface ModelParts {
  /** `[B, H, W, C]` images → the feature that the heads read. */
  readonly trunk: Layer;
  /** The stem's and each stage's output, a tap alone, or with its layout, grid and batch norm; see `ModelSpec.features`. Default none. */
  readonly features?: readonly (string | Feature)[];
  /** By name; `class` is the one that `logits` comes from. An undefined one is not there. */
  readonly heads: { readonly class: Head; readonly [name: string]: Head | undefined };
}

/**
 * A model as data: its options, its defaults, and how its layers are made. Families make one from a name;
 * {@link defineModel} takes one from you.
 */
export interface ModelDefinition<S extends z.ZodObject = z.ZodObject> {
  /** Without options, e.g. `deit_tiny_patch16_224`. */
  readonly name: string;
  /** Own options, each with `.describe()`; `img`, `mean` and `std` come by themselves. */
  readonly options: S;
  /** Adaptations that `build` knows how to make. Default none. */
  readonly supports?: readonly (keyof Adaptations)[];
  /** Adaptations that are part of the name, as in `deit_tiny_distilled_patch16_224`. */
  readonly adaptations?: Readonly<Partial<Adaptations>>;
  /** The name that stands for this one with one adaptation more, where there is such a name. */
  readonly adaptedName?: (adaptation: keyof Adaptations) => string | undefined;
  /** For an adaptation that is said by own options, such as `?mhca=2`: which options say it. */
  readonly adaptedOptions?: {
    readonly [K in keyof Adaptations]?: (value: Adaptations[K]) => Readonly<Partial<z.input<S>>>;
  };
  /** Classes when neither the data nor the weights say. Without it, they must. */
  readonly classes?: number;
  /** Input size when nobody says. Default 32×32×3. */
  readonly imageSize?: ImageSize;
  /** True when `imageSize` is part of what the model is, so that data of another size is an error. */
  readonly fixedSize?: boolean;
  /** Statistics of the family's published weights for a number of classes. Default 0.5 and 0.5. */
  readonly normalization?: (classes: number) => Normalization;
  /** Name of the class head's weight `[feature, K]`: what a file's number of classes is read off. Default `head.weight`. */
  readonly classHead?: string;
  /**
   * Makes the layers. They register under `scope` by their PyTorch names. A layer alone maps images to logits; tensor
   * work is forbidden here, because the same code counts parameters without allocating them.
   */
  build(scope: Scope, context: ModelContext<z.output<S>>): ModelParts | Layer;
}
