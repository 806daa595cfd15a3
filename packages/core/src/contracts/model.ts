import type { Parameter, Rng } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { RunWarning } from '../plan/warning.js';

/** `[height, width, channels]` in pixels. */
export type ImageSize = readonly [height: number, width: number, channels: number];

/** Per-channel statistics a model's images are normalised with: `(x − mean) / std`, x in [0, 1]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Which head, or which fusion of heads, a run evaluates and exports. */
export type HeadRule = 'class' | 'distillation' | 'mean' | 'sum-softmax';

/** What is known of a model's weights besides their numbers. A file from elsewhere says little or nothing. */
export interface WeightFacts {
  /** Absent for weights that were trained in this process. */
  readonly file?: string;
  /** The name it can be made from again, options included. */
  readonly model?: string;
  readonly classes?: number;
  readonly labelNames?: readonly string[];
  readonly inputSize?: ImageSize;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly headRule?: HeadRule;
  /** What was noticed when it was loaded. */
  readonly notes?: readonly RunWarning[];
}

/**
 * How a feature lies in memory, without the batch axis: `maps` are `[H, W, C]`, `tokens` are `[T, D]`. Of tokens the last h·w
 * are the places of the grid, row by row; tokens before them (class, distillation) are special.
 */
export type FeatureLayout = 'maps' | 'tokens';

/** What a stage gives. */
export interface Feature {
  /** Tap path. */
  readonly tap: string;
  /** Name of the batch norm's weight γ that scales its channels, one by one; undefined where there is none. */
  readonly scale?: string;
  /** Without it, three axes are maps and two are tokens. */
  readonly layout?: FeatureLayout;
  /** Rows and columns of the patches among tokens; maps have theirs in their shape. */
  readonly grid?: readonly [height: number, width: number];
}

export interface ModelSpec extends Normalization {
  /** The name it can be made from again, options included. */
  readonly name: string;
  readonly inputSize: ImageSize;
  readonly classes: number;
  /** Width of the feature the class head reads. */
  readonly featureDim: number;
  /** Name of the class head's weight, `[featureDim, classes]`; its bias has the same name with `bias` at the end. */
  readonly classHead: string;
  /**
   * The features f0 … f_last, shallow first: the stem's output, then each stage's (for a ViT the patches, then each block).
   * Methods that work on stages read these; `ctx.tap('student', 'f1')` understands the short names, and `f1:pre` where the stage ends in a ReLU. Empty for a model
   * without stages.
   */
  readonly features: readonly Feature[];
  /** Names of the heads, `class` first. */
  readonly heads: readonly string[];
  /** Trainable numbers. */
  readonly parameterCount: number;
}

/** What one forward needs besides its input. */
export interface ForwardOptions {
  /** Batch statistics, dropout and drop path on; batch-norm buffers move. */
  readonly training: boolean;
  /**
   * Paths to keep (`blocks.3`, `layer2`; `path:in` for a layer's input, `path:pre` for the output of a layer that ends in a ReLU
   * before it). Default none.
   */
  readonly taps?: readonly string[];
  /** False when nobody reads a head: the forward then ends as soon as the last tap is there. Default true. */
  readonly logits?: boolean;
  /** Keyed generator for drop path and dropout; needed when training. */
  readonly rng?: (purpose: string) => Rng;
}

export interface ModelOutput {
  /** The class head, `[B, K]`. @throws KdxError `KDX_READ_UNDECLARED` when the forward ended before it. */
  readonly logits: tf.Tensor2D;
  /** Every head by name, `class` included, each `[B, K]`. */
  readonly heads: Readonly<Record<string, tf.Tensor2D>>;
  /** The taps that were asked for, by path. */
  readonly taps: Readonly<Record<string, tf.Tensor>>;
}

/** A network with named parameters and taps. Images are NHWC float32, already normalised. */
export interface Model {
  readonly spec: ModelSpec;
  /** Trainable, by PyTorch name. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Saved and not trained, by PyTorch name. */
  readonly buffers: ReadonlyMap<string, Parameter>;
  /**
   * What the weights' file says of them, or the run that trained them; undefined for initial weights. Whoever gives a model
   * other weights sets it.
   */
  weights?: WeightFacts;
  /** Every tap path with its shape without the batch axis, in forward order. Traced once, on first use. */
  taps(): ReadonlyMap<string, readonly number[]>;
  /**
   * Synchronous: it runs on the tape.
   * @param images `[B, H, W, C]` float32, **already normalised**: `(x − mean) / std` of the model's spec, x in [0, 1]
   *   (`normalizeImages` does it). It cannot be checked here, and a model given anything else is wrong without an error;
   *   to classify images, use `predict` of `@kdx/models`, which normalises.
   */
  forward(images: tf.Tensor4D, options: ForwardOptions): ModelOutput;
  dispose(): void;
}

/**
 * What a plugin can ask of a student's architecture before it is built. Model families list what they support;
 * plugins that bring a new kind of adaptation extend this interface by declaration merging.
 */
export interface Adaptations {
  /** A second token with a head of its own, called `distillation`. */
  'distillation-token': true;
  /** In the first blocks, attention that also scores positions (DearKD's MHCA; spec of DearKD §2.3). */
  'convolutional-attention': {
    /** How many of the first blocks; `auto` is a third of them. */
    readonly blocks: number | 'auto';
    /** Drop rate while training, in [0, 1). Default: what the student's name says, else 0.1. */
    readonly dropout?: number;
    /** What is dropped. Default: what the student's name says, else `position`. */
    readonly dropoutOn?: 'position' | 'attention' | 'none';
    /** How position and content meet. Default: what the student's name says, else `additive`. */
    readonly mode?: 'additive' | 'gated';
  };
}

/** What a run knows when it builds a model. */
export interface BuildOptions extends Partial<Normalization> {
  /** Classes of the data; a weight file that says otherwise is an error. */
  readonly classes?: number;
  readonly imageSize?: ImageSize;
  /** Names of the data's classes, which a weight file must not have in another order. Default: they are not compared. */
  readonly labelNames?: readonly string[];
  /** Keys the initial weights. Default 0. */
  readonly seed?: number;
  /** Gets what is odd about a weight file for this data. Default: a warning of the process. */
  readonly onWarning?: (warning: RunWarning) => void;
}

/** How to make a model: a name with options, adapted by plugins, then built once per run. */
export interface ModelRecipe {
  /** E.g. `deit_tiny_patch16_224?img=32&patch=4`. */
  readonly name: string;
  /** File its weights come from, if any. */
  readonly weights?: string;
  /** The adaptations this family supports. */
  readonly supports: readonly (keyof Adaptations)[];
  /** A recipe with one adaptation more. @throws KdxError `KDX_ADAPT_UNSUPPORTED`. */
  adapt<K extends keyof Adaptations>(adaptation: K, value: Adaptations[K]): ModelRecipe;
  /** @throws KdxError `KDX_CLASS_COUNT`, `KDX_CLASS_NAMES`, `KDX_WEIGHTS_…` */
  build(options: BuildOptions): Promise<Model>;
}
