import type * as tf from '@tensorflow/tfjs';

/**
 * How a parameter lies in memory against how timm and PyTorch store it.
 * - `same`: no difference.
 * - `linear`: `[in, out]` here, `[out, in]` on disk.
 * - `conv`: `[kh, kw, in, out]` here, `[out, in, kh, kw]` on disk (grouped convolutions: `in` is per group).
 * - `depthwise`: `[kh, kw, channels, multiplier]` here, `[channels · multiplier, 1, kh, kw]` on disk.
 */
export type ParameterLayout = 'same' | 'linear' | 'conv' | 'depthwise';

/** One named tensor of a model or helper module: trained (a parameter) or only kept (a buffer). */
export interface Parameter {
  /** The name in timm and PyTorch, e.g. `blocks.0.attn.qkv.weight`. */
  readonly name: string;
  readonly variable: tf.Variable;
  readonly layout: ParameterLayout;
  /** Whether weight decay applies: not to 1-D parameters, biases, position embeddings and class tokens. */
  readonly decay: boolean;
}

/** Fills a new parameter; `rng` is keyed by seed and full name, so adding one parameter never moves another. */
export type Initializer = (shape: readonly number[], rng: Rng) => Float32Array;

export interface ParameterOptions {
  readonly layout?: ParameterLayout;
  /** Overrides the rule of {@link Parameter.decay}. */
  readonly decay?: boolean;
}

/** Where a layer registers what it owns. Scopes nest like module names in PyTorch. */
export interface Scope {
  /** Dotted path of this scope, `''` at the root. */
  readonly path: string;
  child(name: string | number): Scope;
  /** A trainable tensor. @throws KdxError `KDX_PARAMETER_TWICE` when the name is taken. */
  parameter(
    name: string,
    shape: readonly number[],
    init: Initializer,
    options?: ParameterOptions,
  ): tf.Variable;
  /** A tensor that is saved and never trained, e.g. batch-norm statistics. */
  buffer(name: string, shape: readonly number[], init: Initializer): tf.Variable;
}

/** A reproducible stream of random numbers, drawn on the host and keyed by its purpose. */
export interface Rng {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** Beta(a, b), both > 0. */
  beta(a: number, b: number): number;
  /** A 31-bit seed for a back end's own generator. */
  seed(): number;
  /** Shuffles in place (Fisher–Yates) and returns the array. */
  shuffle<T extends { [index: number]: number; readonly length: number }>(array: T): T;
}
