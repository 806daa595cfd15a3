import type { ComparedNormalization, Scores } from '@kdx/core';
import type { StepInspection } from '@kdx/core/inspect';
import type { SampleKind } from '@kdx/core/run';
import type { NamedStatistics } from '@kdx/data';
import type { Exit } from '@kdx/tensor/errors';

/** How one thing that was looked at stands. An error would end the run, a warning would spoil it. */
export type CheckStatus = 'ok' | 'warning' | 'error';

export interface CheckLine {
  readonly status: CheckStatus;
  /** What was looked at, in a word or two; lines of one topic stand together. */
  readonly topic: string;
  readonly text: string;
  /** Of a warning or error. */
  readonly code?: string;
  /** How a run would end with it. */
  readonly exit?: Exit;
}

export interface CheckedTeacher {
  readonly name: string;
  readonly split: 'validation' | 'test' | 'train';
  readonly scores: Scores;
  /** How the images that were scored stand for the split, where they are a sample of it. */
  readonly sample?: { readonly of: number; readonly kind: SampleKind };
  /** The same images under other known normalisations. */
  readonly normalizations: readonly ComparedNormalization<NamedStatistics>[];
}

export interface CheckedClasses {
  readonly classes: number;
  /** Fewest and most training images of a class. */
  readonly imagesPerClass: readonly [fewest: number, most: number];
}

/** Estimates of what the whole run takes, on this machine as it is now. */
export interface RunEstimate {
  readonly steps: number;
  /** Mean over the run's kinds of steps. */
  readonly secondsPerStep: number;
  readonly imagesPerSecond: number;
  /** Steps alone. */
  readonly trainingSeconds: number;
  /** Validation after epochs, the test split at the end, the teachers before the first step. */
  readonly evaluationSeconds: number;
  readonly memory: {
    /** Tensors of TensorFlow.js between steps: weights, optimiser, average. */
    readonly tensorBytes: number;
    /** Highest resident memory of this process so far, steps and evaluation included. */
    readonly peakBytes: number;
    /** Highest that libtorch's allocator for the CPU held, on that back end. */
    readonly torchPeakBytes?: number;
  };
  readonly disk: {
    readonly checkpointBytes: number;
    readonly studentBytes: number;
    readonly eventBytes: number;
    /** Logits that the run would add to an empty teacher cache, where it is on. */
    readonly teacherCacheBytes?: number;
    readonly totalBytes: number;
  };
}

/** What `kdx check --json` prints. */
export interface CheckReport {
  /** No line is an error. */
  readonly ok: boolean;
  readonly lines: readonly CheckLine[];
  readonly teachers: readonly CheckedTeacher[];
  readonly classes: CheckedClasses;
  /** One for each kind of step that computes a term which none before did. */
  readonly steps: readonly StepInspection[];
  /** Parameters that no checked step gave a gradient. */
  readonly untrained: readonly string[];
  /** Absent when a step failed. */
  readonly estimate?: RunEstimate;
}

/** Gets each line as soon as it is known. */
export type Tell = (line: CheckLine) => void;
