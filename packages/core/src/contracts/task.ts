import type { Rng } from '@kdx/tensor';
import type { RunWarning } from '../plan/warning.js';
import type { RunSettings } from '../settings/settings.js';
import type { DataSource, Split } from './data.js';
import type { HeadRule, ImageSize, Model, Normalization } from './model.js';
import type { HeadScores } from './scores.js';
import type { Term } from './term.js';

/** The score by which models are compared, and in which direction. */
export interface Headline {
  /** A key of the task's `scores`, e.g. `accuracy`. */
  readonly name: string;
  readonly better: 'higher' | 'lower';
}

/** How a score is shown. */
export interface ScoreLabel {
  /** As in a sentence or a table head, e.g. `top-1`. */
  readonly label: string;
  /** Stands behind the number, e.g. `%`. Default none: a bare number. */
  readonly unit?: string;
  /** Digits behind the point in tables. Default 2. */
  readonly digits?: number;
  /** It says nothing of data with fewer classes, as top-5 of five. */
  readonly leastClasses?: number;
}

/**
 * A task as events, summaries and pages know it. It is plain data, so that a run can be shown without loading the task:
 * `run-start` and `summary.json` carry it.
 */
export interface TaskLabels {
  /** E.g. `classification`. */
  readonly name: string;
  readonly headline: Headline;
  /** Every score by name, in the order in which they are shown. */
  readonly scores: Readonly<Record<string, ScoreLabel>>;
}

/** A batch that a task makes targets for. */
export interface CollatedBatch {
  /** `[B, H, W, C]` in [0, 1], augmented. A task that mixes images changes them in place. */
  readonly images: Float32Array;
  /** `[B, H, W, C]` */
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  /** What the data says of each image, `[B]`. */
  readonly labels: Int32Array;
  readonly data: DataSource;
  readonly settings: RunSettings;
  /** Keyed by the run's seed, `purpose`, and the batch's place in the run: equal batches get equal draws, resumed or not. */
  rng(purpose: string): Rng;
}

/** What {@link Task.score} needs besides the outputs. */
export interface ScoringOptions {
  /** Whose outputs are scored. */
  readonly model: Model;
  /** Which head, or fusion of heads, is the model's answer. Default: what is usual for this model. */
  readonly headRule?: HeadRule;
}

/** What a task keeps of an evaluation besides its scores. */
export interface ScoredSplit {
  readonly split: 'train' | 'validation' | 'test';
  /** Which weights: `last` of a run, or a model's name. */
  readonly weights: string;
  readonly data: Pick<DataSource, 'labelNames'>;
}

/** Scores over any number of batches. */
export interface Scoring {
  /**
   * Counts a batch.
   * @param outputs every head of the model by name, `[B, K]` row by row; `class` is what terms read as `student.logits`
   * @param labels what the data says of each image, `[B]`
   * @throws KdxError `KDX_NON_FINITE` for an output that is not a number; the batch is then not counted
   */
  add(outputs: Readonly<Record<string, Float32Array>>, labels: ArrayLike<number>): void;
  /** The scores of all batches; `fused` is the model's answer. @throws KdxError `KDX_NO_IMAGES` before the first batch */
  result(): HeadScores;
  /** What belongs beside the scores, by the name of its file without `.json`: classification has a confusion matrix. */
  details?(of: ScoredSplit): Readonly<Record<string, object>>;
}

/** What a model scores on a split without looking at an image. */
export interface Chance {
  /** The headline score of chance. */
  readonly score: number;
  /** A headline score that is not better than this says no more than chance. */
  readonly limit: number;
  /** E.g. `chance is 10.0 %`. */
  readonly text: string;
}

export interface NormalizationTrialOptions<C extends Normalization> {
  readonly imageSize: ImageSize;
  /** Images at most, a sample of the split by `drawSample`. */
  readonly images: number;
  /** Images per forward. */
  readonly batch: number;
  readonly candidates: readonly C[];
}

/** A model under another normalisation. */
export interface ComparedNormalization<C extends Normalization> {
  readonly candidate: C;
  /** Fewer than were scored where the candidate had fallen far behind by then. */
  readonly images: number;
  /** The headline score on these images. */
  readonly score: number;
  /** Mean loss, which tells candidates apart that decide alike. */
  readonly loss: number;
  /** By how much the headline score is better than under the model's own normalisation, on the same images. */
  readonly gain: number;
  /** Of the gain, from the images on which the two differ. */
  readonly standardError: number;
}

export interface NormalizationTrial<C extends Normalization> {
  /** Under the model's own normalisation. */
  readonly scores: HeadScores['fused'];
  /** How the images stand for the split; absent where it was scored whole. */
  readonly sample?: 'class-balanced' | 'stratified';
  readonly others: readonly ComparedNormalization<C>[];
}

/**
 * What a run is about: what labels mean, what the student learns from them, and how well it does. A run has exactly one task,
 * which a plugin brings as the field `task` of its definition. Trainer, reports and commands know a task by this contract
 * alone.
 */
export interface Task extends TaskLabels {
  /** The ground truth's terms. The run adds them under the name of the plugin that brings the task. */
  readonly terms: readonly Term[];
  /** K: outputs of the class head that models are built with for this data. */
  outputs(data: DataSource): number;
  /** Shape of the targets of one image, without the batch axis: `[K]` for classification. */
  targetShape(data: DataSource): readonly number[];
  /**
   * Turns the labels of a batch into targets, `[B, ...targetShape]` row by row: what terms read as `targets`.
   * @throws KdxError for labels that it cannot use
   */
  collate(batch: CollatedBatch): Float32Array;
  /**
   * How {@link collate} changes images under these settings, as data for the key of the teacher cache. Null, or no such
   * method: it leaves images as they are.
   */
  mixing?(settings: RunSettings): object | null;
  /** Begins an evaluation. */
  score(options: ScoringOptions): Scoring;
  /**
   * What chance scores on a split. A task without it has no teacher warned of as weak.
   * @param images how many of the split were scored
   */
  chance?(split: Pick<Split, 'length' | 'labels'>, data: DataSource, images: number): Chance;
  /**
   * What the student's file says of the data, as safetensors metadata beside what kdx writes itself, such as the names of
   * classes.
   */
  metadata?(data: Pick<DataSource, 'labelNames'>): Readonly<Record<string, string>>;
  /** What the task needs and this data lacks. Reported before the first step. */
  warnings?(data: DataSource): readonly RunWarning[];
  /**
   * Scores a model under its own normalisation and, on the same images, under others; `kdx check` finds teachers with it that
   * are fed what they were not trained on.
   */
  compareNormalizations?<C extends Normalization>(
    model: Model,
    split: Split,
    options: NormalizationTrialOptions<C>,
  ): Promise<NormalizationTrial<C>>;
}

/** Whether a headline score is strictly better than another. */
export const isBetter = ({ better }: Headline, score: number, than: number): boolean =>
  better === 'higher' ? !(score <= than) : !(score >= than);

/** The part of a task that events and summaries carry. */
export const labelsOf = ({ name, headline, scores }: TaskLabels): TaskLabels => ({ name, headline, scores });

/** A score with its unit, e.g. `71.3 %`. @param digits default what the task shows */
export function scoreText({ scores }: TaskLabels, name: string, value: number, digits?: number): string {
  const { unit, digits: usual = 2 } = scores[name] ?? {};
  return [value.toFixed(digits ?? usual), unit].filter(Boolean).join(' ');
}

/** What a score is called, e.g. `top-1`; its name where the task has no label for it. */
export const labelOf = ({ scores }: Pick<TaskLabels, 'scores'>, name: string): string =>
  scores[name]?.label ?? name;

/** A score with its label and unit, e.g. `top-1 71.3 %`. */
export const labelledScore = (task: TaskLabels, name: string, value: number): string =>
  `${labelOf(task, name)} ${scoreText(task, name, value)}`;
