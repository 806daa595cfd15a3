/**
 * How well a model does on some images: a number for each score of the task, by name. What they mean, their labels and units,
 * the task says, in `Task.scores`.
 */
export interface Scores {
  /** How many were scored. */
  readonly images: number;
  readonly [name: string]: number;
}

/** Scores by head of the model; `fused` is the model's answer, for which the task may have put heads together. */
export type HeadScores = Readonly<Record<string, Scores>> & { readonly fused: Scores };
