/** What the page of `kdx report` and `kdx ui` shows; made in Node, drawn in the browser. */
export interface PageData {
  readonly kdx: string;
  /** When it was made, ISO 8601. */
  readonly written: string;
  readonly runs: readonly RunView[];
  /** Every run is in one; in order. */
  readonly families: readonly FamilyView[];
  /** Id of the family that others are compared with at first; absent: the first. */
  readonly baseline?: string;
  /** Of the comparisons whose runs are on the page. */
  readonly teachers: readonly TeacherView[];
  /** Student's t(0.975, n) for n = 1, 2, …, as far as the largest family needs it. */
  readonly t975: readonly number[];
  readonly attention: readonly AttentionView[];
  /** Some images of each pool, by hash: SVG documents as data URIs. */
  readonly sheets: Readonly<Record<string, string>>;
  /** What could not be shown, and why. */
  readonly notes: readonly string[];
}

/** Runs that differ in nothing but their seed, or a run alone. */
export interface FamilyView {
  readonly id: string;
  /** The arm's, where the runs are one of a comparison. */
  readonly name: string;
  /** Ids, by seed; no two have one seed. */
  readonly runs: readonly string[];
}

/** What the scores of a run are called and how they are shown; as the run's task says. */
export interface TaskView {
  readonly name: string;
  /** The score that runs are compared by, and in which direction. */
  readonly headline: { readonly name: string; readonly better: 'higher' | 'lower' };
  /** Every score by name, in the order in which they are shown. */
  readonly scores: Readonly<
    Record<string, { readonly label: string; readonly unit?: string; readonly digits?: number }>
  >;
}

/** A teacher as a comparison scored it, on all images of a split. */
export interface TeacherView {
  readonly name: string;
  readonly parameters: number;
  readonly split: string;
  readonly images: number;
  /** By score of the task. */
  readonly values: Readonly<Record<string, number>>;
}

/** What `kdx ui` sends when something changed. */
export interface PageUpdate extends Omit<PageData, 'runs'> {
  /** Ids of all runs, in order. */
  readonly order: readonly string[];
  /** Runs that are new or not what they were. */
  readonly runs: readonly RunUpdate[];
  /** Those that are new. */
  readonly sheets: PageData['sheets'];
}

/** Parts of a run that are large, or many, and seldom change while it goes on. */
export type SteadyPart = 'config' | 'environment' | 'confusion' | 'log';

/** A run without those of its steady parts that are as the page has them. */
export type RunUpdate = Omit<RunView, SteadyPart> &
  Partial<Pick<RunView, SteadyPart>> & { readonly same: readonly SteadyPart[] };

/** `unreadable`: kdx fails to look at it, however it stands. */
export type RunState = 'running' | 'finished' | 'interrupted' | 'failed' | 'stopped' | 'unreadable';

/** A quantity over steps; both of one length. */
export interface Curve {
  /** Optimiser steps done. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A curve, of a long run only the points that keep its look. */
export interface LoggedCurve extends Curve {
  /** Where points were left out: means of stretches of all that was logged, each at its stretch's last step. */
  readonly means?: Curve;
}

/** Scores of one head over epochs, all of one length. */
export interface HeadCurve {
  /** Epochs done. */
  readonly epochs: readonly number[];
  /** By score of the task. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

export interface HeadScore {
  readonly split: string;
  /** `last`, `best` or `ema`; of a teacher, its name. */
  readonly weights: string;
  readonly head: string;
  readonly images: number;
  /** Images of the whole split, where those that were scored are a sample of it. */
  readonly of?: number;
  /** By score of the task; NaN for one that is not there. */
  readonly values: Readonly<Record<string, number>>;
}

/** A line of a list of facts, with where it is from. */
export interface Fact {
  readonly key: string;
  readonly value: string;
  readonly from?: string;
}

export interface LogLine {
  /** ISO 8601. */
  readonly time: string;
  readonly kind: 'log' | 'warning' | 'error' | 'resumed';
  readonly text: string;
}

export interface ConfusionView {
  readonly split: string;
  readonly weights: string;
  /** Of the classes. */
  readonly names: readonly string[];
  /** `[label, prediction, images]`, those that are not 0. */
  readonly cells: readonly (readonly [label: number, prediction: number, images: number])[];
}

/** Some images of the pool that a run was trained on. */
export interface PoolView {
  readonly name: string;
  /** Of the pool, or of the part that the run was trained on. */
  readonly images: number;
  /** Names the sheet of {@link PageData.sheets}; runs on one pool have one sheet. */
  readonly sheet: string;
}

export interface RunView {
  /** Its folder, absolute. */
  readonly id: string;
  /** What tells it from the other runs of the page. */
  readonly name: string;
  /** Its folder as people would type it. */
  readonly directory: string;
  readonly state: RunState;
  /** The state in words, with the way on where there is one. */
  readonly stateText: string;
  /** When it was begun, ISO 8601. */
  readonly created?: string;
  readonly task: TaskView;
  readonly student?: string;
  readonly teachers: readonly string[];
  /** Without the base task and observers; absent where nobody knows. */
  readonly methods?: readonly string[];
  readonly data?: string;
  readonly backend?: string;
  readonly seed?: number;
  /** Equal for runs that differ in nothing but their seed; absent where the config is not known. */
  readonly likeness?: string;
  readonly parameters?: number;
  readonly headRule?: string;
  readonly epochs?: number;
  /** Of the whole run. */
  readonly steps?: number;
  /** Done. */
  readonly step: number;
  /** Of training and evaluation; of a run without an end, of its epochs. */
  readonly seconds?: number;
  /** Of a running one. */
  readonly secondsLeft?: number;
  /** Median of what was logged. */
  readonly imagesPerSecond?: number;
  /** Mean of the last epoch. */
  readonly trainLoss?: number;
  readonly curves: {
    readonly loss: LoggedCurve;
    /** Unweighted, by term. */
    readonly terms: Readonly<Record<string, LoggedCurve>>;
    readonly learningRate: Curve;
    readonly imagesPerSecond: LoggedCurve;
  };
  /** On the validation split, by head; `fused (EMA)` and the like for averaged weights. */
  readonly validation: Readonly<Record<string, HeadCurve>>;
  /** Best on the validation split, counted from 1. */
  readonly bestEpoch?: number;
  /** Set where the averaged student had the best score. */
  readonly bestWeights?: 'ema';
  /** Last, best and averaged on the validation split, and on the test split. */
  readonly scores: readonly HeadScore[];
  readonly teacherScores: readonly HeadScore[];
  /** What was found damaged or missing. */
  readonly notes: readonly string[];
  readonly log: readonly LogLine[];
  readonly config: readonly Fact[];
  readonly environment: readonly Fact[];
  readonly confusion?: ConfusionView;
  readonly pool?: PoolView;
}

/** One label of `kdx attention`. */
export interface AttentionLine {
  readonly label: string;
  /** The run it is of, where that is on the page. */
  readonly run?: string;
  /** Mean distance of each block, in patches. */
  readonly mean: readonly number[];
  /** Over runs; null of a single one. */
  readonly std: readonly (number | null)[];
  /** Of every head of every run, by block. */
  readonly heads: readonly (readonly number[])[];
}

export interface AttentionView {
  /** What was measured on what, in words. */
  readonly caption: string;
  /** What attention spread evenly would have. */
  readonly even: number;
  readonly lines: readonly AttentionLine[];
}
