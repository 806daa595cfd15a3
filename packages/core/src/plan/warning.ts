/** Something in a run that is allowed and most likely not meant. */
export interface RunWarning {
  readonly code: string;
  /** One sentence: what the run would do, and the setting that changes it. */
  readonly message: string;
}
