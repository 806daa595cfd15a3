import type { ImageSize } from '../contracts/model.js';
import type { RunWarning } from '../plan/warning.js';

/** First and last epoch of a stretch, both 0-based and both part of it. */
export type Epochs = readonly [from: number, to: number];

/** What holds from an epoch on, until the next entry: `[[0, 0.5], [25, 1]]`. The first is at epoch 0. */
export type OverEpochs<T> = readonly (readonly [epoch: number, value: T])[];

/** A run's loss and schedule as data, free of code and tensors; `kdx explain` prints it. */
export interface Explanation {
  readonly student: string;
  readonly teachers: readonly string[];
  readonly data: string;
  readonly headRule: string;
  /** The plugin that chose it; null when a setting or the default did. */
  readonly headRuleOwner: string | null;
  /** Student first, then the teachers in order. */
  readonly models: readonly ExplainedModel[];
  readonly plugins: readonly ExplainedPlugin[];
  readonly adaptations: readonly { readonly adaptation: string; readonly plugin: string }[];
  readonly balance: { readonly owner: string | null; readonly weights: Readonly<Record<string, string>> };
  readonly terms: readonly ExplainedTerm[];
  /** What the symbols of the terms' factors stand for. */
  readonly symbols: readonly ExplainedSymbol[];
  readonly modules: readonly ExplainedModule[];
  /** Who learns, from what, and in which epochs. */
  readonly learners: readonly ExplainedLearner[];
  readonly training: ExplainedTraining;
  readonly optimizer: string;
  readonly learningRate: string;
  /** At each epoch's first step, where it changes. */
  readonly learningRates: OverEpochs<number>;
  /** What is allowed and most likely not meant. */
  readonly warnings: readonly RunWarning[];
}

export interface ExplainedModel {
  /** `student`, `teacher`, `teacher2`, … */
  readonly role: string;
  readonly name: string;
  readonly parameters: number;
  readonly inputSize: ImageSize;
  readonly heads: readonly string[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** The last place of its forward that anything reads, `logits` or a tap; null where it is not run. */
  readonly depth: OverEpochs<string | null>;
}

export interface ExplainedPlugin {
  readonly name: string;
  readonly version: string;
  readonly broughtBy: readonly string[];
  /** Whether it is the base task, which kdx adds to a run that has none. */
  readonly isTask: boolean;
}

export interface ExplainedRead {
  readonly ref: string;
  /** Without the batch axis. */
  readonly shape: readonly number[];
}

/** A factor that changes over the run. */
export interface ExplainedSymbol {
  /** As it stands in the formula, e.g. `α(e)`. */
  readonly symbol: string;
  readonly definition: string;
  /** E.g. `balance of task, by dearkd`. */
  readonly of: string;
}

export interface ExplainedTerm {
  readonly id: string;
  readonly plugin: string;
  readonly group: string;
  readonly formula: string;
  /** The term with its factors, as it stands in the sum: `0.9 · τ²·KL(t ‖ s), τ=4`. */
  readonly summand: string;
  /** The balance of its group and its own weight, as text. */
  readonly factors: { readonly balance: string; readonly weight: string };
  /** balance · weight at each epoch's first step, where it changes. */
  readonly weights: OverEpochs<number>;
  /** Whether the weight moves between the steps of an epoch, too. */
  readonly movesWithinEpoch: boolean;
  readonly reads: readonly ExplainedRead[];
  readonly trains: readonly string[];
  readonly superseded: { readonly by: string; readonly reason: string } | null;
}

export interface ExplainedModule {
  readonly id: string;
  readonly plugin: string;
  readonly parameters: number;
  /** Epoch at which it leaves the optimiser; null when it learns to the end. */
  readonly activeUntil: number | null;
  readonly inputs: readonly ExplainedRead[];
  /** Without the batch axis. */
  readonly output: readonly number[];
}

export interface ExplainedLearner {
  /** `student` or `module.<plugin>/<name>`. */
  readonly part: string;
  readonly parameters: number;
  readonly terms: readonly string[];
  /** Epochs in which a term trains it. */
  readonly epochs: readonly Epochs[];
}

export interface ExplainedTraining {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Images of one optimiser step. */
  readonly imagesPerStep: number;
  readonly trainImages: number;
  /** How the targets come from labels, e.g. `one-hot labels, smoothing 0.1`. */
  readonly targets: string;
  /** Transforms of the training images, in order. */
  readonly augment: readonly string[];
  /** How an epoch chooses its images; absent where it shuffles them. */
  readonly order?: string;
  /** Which share of an epoch the run sees; absent where it sees all. */
  readonly rank?: string;
  readonly clip: number | null;
  readonly ema: number | null;
  /** Whether the average's decay warms up; absent without an average. */
  readonly emaWarmup?: boolean;
  readonly seed: number;
}
