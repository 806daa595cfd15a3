/** So many images of class `label` were taken for class `prediction`. */
export type ConfusionCell = readonly [label: number, prediction: number, images: number];

/** Which classes a student takes for which, by its fused head; `confusion.json`. */
export interface Confusion {
  readonly split: 'test' | 'validation' | 'train';
  /** Which weights: `last` of a run, or a model's name. */
  readonly weights: string;
  readonly classNames: readonly string[];
  /** The cells that are not 0, by label, then by prediction; of 1000 classes most are. */
  readonly cells: readonly ConfusionCell[];
}

/** The cells of a matrix that are not 0; row: label, column: prediction. */
export const confusionCells = (matrix: readonly (readonly number[])[]): ConfusionCell[] =>
  matrix.flatMap((row, label) =>
    row.flatMap((images, prediction): ConfusionCell[] => (images === 0 ? [] : [[label, prediction, images]])),
  );
